import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { main } from '../../bin/main';
import { EXAMPLE, configFile, lines, run, scratch } from './harness';

const COMMANDS = [
  'init',
  'validate',
  'synth',
  'diff',
  'profile',
  'drift',
  'deploy',
  'status',
  'promote',
  'rollback',
  'undeploy',
  'retrain',
];

test('--help and --version answer on standard output', async () => {
  for (const option of ['--help', '-h']) {
    const { code, stdout, stderr } = await run(option);
    expect([code, stderr]).toEqual([0, '']);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const option of ['--version', '-v'])
    expect(await run(option)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  ['init', []],
  ['validate', ['--cloud', '--json']],
  ['synth', ['--cloud', '--level', '--out', '--json']],
  ['diff', ['--from', '--to', '--against', '--json']],
  ['deploy', ['--version', '--model', '--stack', '--by', '--wait', '--json']],
  ['status', ['--stack', '--wait', '--timeout', '--json']],
  ['promote', ['--stack', '--by', '--wait', '--json']],
  ['rollback', ['--stack', '--by', '--wait', '--json']],
  ['undeploy', ['--stack', '--by', '--wait', '--json']],
])('%s --help names every option', async (command, options) => {
  const { code, stdout } = await run(command, '--help');
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: cdk-mlops ${command}`);
  for (const option of [...options, '--help']) expect(stdout).toMatch(new RegExp(`^  .*${option}\\b`, 'm'));
});

test.each([
  [[], 'a command is missing', 'cdk-mlops --help'],
  [['synht'], "unknown command 'synht'; did you mean synth?", 'cdk-mlops --help'],
  [['xyzzy'], `unknown command 'xyzzy'; allowed: ${COMMANDS.join(', ')}`, 'cdk-mlops --help'],
  [['--versoin'], "unknown option '--versoin'; did you mean --version?", 'cdk-mlops --help'],
  [['validate'], 'validate needs a config file', 'cdk-mlops validate --help'],
  [['init', 'a', 'b'], 'init: got 2 arguments, allowed: a folder alone', 'cdk-mlops init --help'],
  [['synth', EXAMPLE, '--levle', '1'], "unknown option '--levle'; did you mean --level?", 'cdk-mlops synth --help'],
  [
    ['synth', EXAMPLE, '-x'],
    "unknown option '-x'; allowed: --cloud, --level, --out, --state-bucket, --json, --help",
    'cdk-mlops synth --help',
  ],
  [['synth', EXAMPLE, '--level', '3'], "--level: got '3', allowed: 0, 1, 2", 'cdk-mlops synth --help'],
  [['synth', EXAMPLE, '--level'], '--level needs a value: --level N', 'cdk-mlops synth --help'],
  [['synth', EXAMPLE, '--level', '-1'], '--level needs a value: --level N', 'cdk-mlops synth --help'],
  [['synth', EXAMPLE, '--level=-1'], "--level: got '-1', allowed: 0, 1, 2", 'cdk-mlops synth --help'],
  [['synth', EXAMPLE, '--json=yes'], "--json takes no value, got 'yes'", 'cdk-mlops synth --help'],
  [
    ['synth', EXAMPLE, '--state-bucket', 'acme-state'],
    '--state-bucket: CloudFormation keeps its own state; only --cloud google takes a bucket',
    'cdk-mlops synth --help',
  ],
  [
    ['validate', EXAMPLE, '--cloud', 'azure'],
    "--cloud: got 'azure', allowed: aws, google",
    'cdk-mlops validate --help',
  ],
  [['diff', EXAMPLE], 'diff needs either --from N and --to M, or --against CONFIG|ASSEMBLY', 'cdk-mlops diff --help'],
  [
    ['diff', EXAMPLE, '--from', '1'],
    'diff needs either --from N and --to M, or --against CONFIG|ASSEMBLY',
    'cdk-mlops diff --help',
  ],
  [
    ['diff', EXAMPLE, '--from', '1', '--to', '2', '--against', 'x'],
    'diff needs either --from N and --to M, or --against CONFIG|ASSEMBLY',
    'cdk-mlops diff --help',
  ],
])('%j is misuse', async (argv, problem, help) => {
  expect(await run(...argv)).toEqual({ code: 2, stdout: '', stderr: `${problem}\nsee: ${help}\n` });
});

test('-- ends the options', async () => {
  const { code, stderr } = await run('validate', '--', '--json');
  expect([code, stderr]).toEqual([1, '--json: no such file\n']);
});

test('paths may hold spaces and letters of any script', async () => {
  const file = configFile({ name: 'm', level: 0 }, 'mein modell ü.json', scratch());
  expect(await run('validate', file)).toEqual({ code: 0, stdout: 'ok m, level 0\n', stderr: '' });
});

test('colors are for people: on a terminal, without NO_COLOR', async () => {
  const output = async (isTTY: boolean, env: Record<string, string>) => {
    let stderr = '';
    await main(['nonsense'], {
      stdout: { write: () => {} },
      stderr: { write: (text) => (stderr += text), isTTY },
      env,
    });
    return stderr;
  };
  const escape = '\u001b[';
  expect(await output(true, {})).toContain(escape);
  expect(await output(true, { NO_COLOR: '1' })).not.toContain(escape);
  expect(await output(true, { TERM: 'dumb' })).not.toContain(escape);
  expect(await output(false, {})).not.toContain(escape);
});

test('a failure prints its message and no stack trace', async () => {
  const { code, stderr } = await run('synth', configFile({ name: 'm', level: 0 }), '--out', EXAMPLE);
  expect(code).toBe(1);
  expect(lines(stderr)).toEqual([`--out: got the file ${EXAMPLE}, allowed: a folder`]);
});
