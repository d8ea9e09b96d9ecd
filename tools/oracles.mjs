// Runs the checks in which third parties judge the output: they need Python. Makes .venv from pinned requirements.
// Where Python is missing nothing ran, and nothing counts as passed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const venv = path.join(root, '.venv');
const python = path.join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const requirements = path.join(root, 'test/oracle/requirements.txt');
const constraints = path.join(root, 'test/oracle/constraints.txt');
const stamp = path.join(venv, 'requirements.sha256');

function run(command, args, variables = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...variables } });
  if (status !== 0) process.exit(status ?? 1);
}

/** The first Python that the pinned packages support. */
function findPython() {
  const supported = 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))';
  return ['python3.11', 'python3.12', 'python3'].find((command) => spawnSync(command, ['-c', supported]).status === 0);
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(requirements))
    .update(readFileSync(constraints))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const command = findPython();
  if (!command) {
    console.error('SKIPPED: every oracle test. They need Python 3.11 or 3.12 on the path, and none is there.');
    process.exit(process.env.CI ? 1 : 0);
  }
  run(command, ['-m', 'venv', '--clear', venv]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, wanted);
}

install();
run(process.execPath, ['tools/build.mjs']);
run(python, ['-m', 'pytest', 'test/oracle', '--disable-warnings', ...process.argv.slice(2)]);
// The long run of the fuzzers, which npm test keeps short: CDK's template validation and the specification judge.
const fuzzers = ['test/aws/synth-fuzz.test.ts', 'test/aws/transitions.test.ts'];
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...fuzzers], { FUZZ_RUNS: '300' });
