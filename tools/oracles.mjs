// Runs the checks in which third parties judge the output: they need Python. Each kind of judge has a folder in test/oracle and an
// environment of its own, because their pinned packages do not go together: .venv/aws, .venv/google, .venv/security.
//   npm run test:oracles                       all of them, then the long run of the fuzzers
//   npm run test:oracles -- google -k emulator one kind, with options of pytest
// Where Python is missing nothing ran, and nothing counts as passed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const KINDS = ['aws', 'google', 'security'];
const root = path.resolve(import.meta.dirname, '..');

function run(command, args, variables = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...variables } });
  if (status !== 0) process.exit(status ?? 1);
}

/** The first Python that the pinned packages support. */
function findPython() {
  const supported = 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))';
  return ['python3.11', 'python3.12', 'python3'].find((command) => spawnSync(command, ['-c', supported]).status === 0);
}

/** The Python of a kind of judge, with its requirements installed. */
function environment(kind) {
  const venv = path.join(root, '.venv', kind);
  const python = path.join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const folder = path.join(root, 'test/oracle', kind);
  const files = ['requirements.txt', 'constraints.txt'].map((name) => readFileSync(path.join(folder, name)));
  const wanted = createHash('sha256').update(Buffer.concat(files)).digest('hex');
  const stamp = path.join(venv, 'requirements.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  const command = findPython();
  if (!command) {
    console.error('SKIPPED: every oracle test. They need Python 3.11 or 3.12 on the path, and none is there.');
    process.exit(process.env.CI ? 1 : 0);
  }
  run(command, ['-m', 'venv', '--clear', venv]);
  const requirements = path.join(folder, 'requirements.txt');
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, wanted);
  return python;
}

const args = process.argv.slice(2);
const named = KINDS.filter((kind) => args.includes(kind));
const options = args.filter((argument) => !named.includes(argument));
const pythons = (named.length > 0 ? named : KINDS).map((kind) => [kind, environment(kind)]);
run(process.execPath, ['tools/build.mjs']);
for (const [kind, python] of pythons) {
  run(python, ['-m', 'pytest', path.join('test/oracle', kind), '--disable-warnings', ...options]);
}
if (args.length === 0) {
  // The long run of the fuzzers, which npm test keeps short: CDK's template validation and the specification judge.
  const fuzzers = ['test/aws/synth-fuzz.test.ts', 'test/aws/transitions.test.ts'];
  run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...fuzzers], { FUZZ_RUNS: '300' });
}
