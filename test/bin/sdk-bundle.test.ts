import { execFile } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { TABLE, endpointStack, serveFakeAws } from './fake-aws';
import { scratch } from './harness';

const aws = serveFakeAws();
const folder = scratch();
const bundle = path.join(folder, 'aws-sdk.js');
let imports: string[] = [];

beforeAll(async () => {
  const { bundleSdk } = await import(path.resolve('tools/bundle-sdk.mjs'));
  const { metafile } = (await bundleSdk(bundle)) as { metafile: Metafile };
  imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path: name }) => name));
});

/** Runs a script in a folder where nothing is installed. */
async function node(script: string, env: Record<string, string | undefined> = {}) {
  const whole = `import('./aws-sdk.js').then(async ({ awsCalls }) => { ${script} }).catch((error) => console.log(error.message));`;
  const run = promisify(execFile)(process.execPath, ['-e', whole], { cwd: folder, env: { ...process.env, ...env } });
  const { stdout, stderr } = await run;
  return { stdout, stderr };
}

test('the SDK is inside, and small', () => {
  const foreign = imports.map((name) => name.replace(/^node:/, '')).filter((name) => !builtinModules.includes(name));
  expect(foreign).toEqual([]);
  expect(statSync(bundle).size).toBeLessThan(600_000);
});

test('it asks AWS where nothing is installed, and says nothing of its own', async () => {
  aws.stacks.m = endpointStack('m');
  aws.records.m = 'the record';
  const calls = 'const calls = awsCalls({}); console.log((await calls.resources("m")).length);';
  const { stdout, stderr } = await node(`${calls} console.log(await calls.document("${TABLE}", "m"));`);
  expect([stdout, stderr]).toEqual([`6\nthe record\n`, '']);
});

test('a profile brings its region and the program that knows its credentials', async () => {
  const keys = { Version: 1, AccessKeyId: 'AKIDPROFILE', SecretAccessKey: 'secret' };
  writeFileSync(path.join(folder, 'keys.js'), `console.log('${JSON.stringify(keys)}')`);
  const program = `"${process.execPath}" "${path.join(folder, 'keys.js')}"`;
  const sso = 'sso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n';
  const profiles = `[profile p]\nregion = eu-west-3\ncredential_process = ${program}\n[profile s]\nregion = eu-west-3\n${sso}`;
  writeFileSync(path.join(folder, 'config'), profiles);
  aws.stacks.m = endpointStack('m');
  const env = { AWS_CONFIG_FILE: path.join(folder, 'config'), AWS_REGION: undefined, HOME: folder };
  const script = (profile: string) =>
    `console.log((await awsCalls({ profile: '${profile}' }).resources("m")).length + ' resources');`;
  expect(await node(script('p'), env)).toEqual({ stdout: '6 resources\n', stderr: '' });
  expect(aws.authorization).toMatch(/Credential=AKIDPROFILE\/\d+\/eu-west-3\/cloudformation\//);
  const { stdout, stderr } = await node(script('s'), env);
  expect([stdout, stderr]).toEqual([expect.stringMatching(/^The SSO session .*aws sso login/), '']);
});
