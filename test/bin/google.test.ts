import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { schemaProblems } from '../google/judges';
import { EXAMPLE, configFile, lines, run, scratch } from './harness';

const stackFile = (out: string, name = 'flight-delay') => path.join(out, 'stacks', name, 'cdk.tf.json');
const documentIn = (out: string, name?: string) => JSON.parse(readFileSync(stackFile(out, name), 'utf8'));
const synth = (out: string, ...more: string[]) => run('synth', EXAMPLE, '--cloud', 'google', '--out', out, ...more);

/** A config without training data, which level 0 does not need. */
const bare = (name: string, project = 'acme-ml') =>
  configFile({ name, level: 0, google: { project, region: 'europe-west4' } });

/** The example with some keys set. */
function edited(edit: (config: any) => void): string {
  const config = parse(readFileSync(EXAMPLE, 'utf8'));
  config.training.source = path.join(path.dirname(EXAMPLE), 'training');
  edit(config);
  return configFile(config);
}

describe('synth --cloud google', () => {
  test('writes Terraform JSON that the provider takes, and says how to apply it', async () => {
    const out = path.join(scratch(), 'new folder', 'cdktf.out');
    const { code, stdout, stderr } = await synth(out, '--level', '2');
    expect([code, stderr]).toEqual([0, '']);
    const document = documentIn(out);
    expect(schemaProblems(document)).toEqual([]);
    const total = Object.values<object>(document.resource).reduce((sum, named) => sum + Object.keys(named).length, 0);
    expect(stdout).toContain(`resources     ${total}: `);
    expect(stdout).toContain(`terraform -chdir="${out}"/stacks/flight-delay apply`);
  });

  test('keeps a state for each place, beside the output or in a bucket', async () => {
    const out = scratch();
    await synth(out);
    const path = '../../../terraform.acme-ml.europe-west4.flight-delay.tfstate';
    expect(documentIn(out).terraform.backend).toEqual({ local: { path } });
    await synth(out, '--state-bucket', 'acme-state');
    const gcs = { bucket: 'acme-state', prefix: 'acme-ml/europe-west4/flight-delay' };
    expect(documentIn(out).terraform.backend).toEqual({ gcs });
  });

  test.each(['', 'gs://acme-state', 'A'])('--state-bucket %j is misuse', async (bucket) => {
    const { code, stderr } = await synth(scratch(), '--state-bucket', bucket);
    expect(code).toBe(2);
    expect(stderr).toContain(`--state-bucket: got '${bucket}', allowed: the name of a bucket, without gs://`);
  });

  test('leaves what Terraform keeps beside the output, and takes its own old files away', async () => {
    const out = scratch();
    await synth(out, '--level', '1');
    const assets = path.join(path.dirname(stackFile(out)), 'assets');
    const kept = () => readdirSync(assets).join(' ');
    expect(kept()).toContain('Training');
    writeFileSync(path.join(path.dirname(stackFile(out)), '.terraform.lock.hcl'), 'mine');
    await synth(out, '--level', '0');
    expect(kept()).not.toContain('Training');
    expect(existsSync(path.join(path.dirname(stackFile(out)), '.terraform.lock.hcl'))).toBe(true);
  });

  test.each([
    [
      'another stack',
      (out: string) => run('synth', bare('other'), '--cloud', 'google', '--out', out),
      'the stack other',
    ],
    ['a cloud assembly', (out: string) => run('synth', EXAMPLE, '--out', out), 'the output of something else'],
    [
      "another tool's manifest",
      async (out: string) => writeFileSync(path.join(out, 'manifest.json'), '{"name": "my web app"}'),
      'the output of something else',
    ],
  ])('refuses a folder that holds %s, and leaves it as it is', async (_what, fill, holds) => {
    const out = scratch();
    await fill(out);
    const before = readFileSync(path.join(out, 'manifest.json'), 'utf8');
    const { code, stderr } = await synth(out);
    expect(code).toBe(1);
    expect(stderr).toContain(`--out: ${out} holds ${holds}, allowed: a new or empty folder`);
    expect(readFileSync(path.join(out, 'manifest.json'), 'utf8')).toBe(before);
  });

  test('AWS refuses the output of Google Cloud likewise', async () => {
    const out = scratch();
    await synth(out, '--level', '0');
    expect(await run('synth', EXAMPLE, '--out', out)).toMatchObject({ code: 1 });
    expect(existsSync(stackFile(out))).toBe(true);
  });
});

describe('diff on Google Cloud', () => {
  test.each([0, 1, 2].flatMap((from) => [0, 1, 2].map((to) => [from, to])))(
    'level %i → %i is accepted',
    async (from, to) => {
      const args = ['--cloud', 'google', '--from', `${from}`, '--to', `${to}`, '--json'];
      const { code, stdout, stderr } = await run('diff', EXAMPLE, ...args);
      expect([code, stderr]).toEqual([0, '']);
      const { changes, refused } = JSON.parse(stdout);
      expect(refused).toEqual([]);
      const kinds = changes.filter(({ stateful }: any) => stateful).map(({ kind }: any) => kind);
      expect(kinds.filter((kind: string) => kind !== 'added' && kind !== 'updated')).toEqual([]);
      if (to > from) expect(changes.map(({ kind }: any) => kind)).not.toContain('removed');
    },
  );

  test.each([
    ['a region', (config: any) => (config.google.region = 'us-central1'), 'google.region'],
    ['a removed feature', (config: any) => config.featureStore.groups[0].features.pop(), 'feature'],
    ['an event time', (config: any) => (config.featureStore.groups[1].eventTime = 'at'), 'eventTime'],
  ])('%s that changes is refused', async (_what, edit, subject) => {
    const { code, stderr } = await run('diff', edited(edit), '--cloud', 'google', '--against', EXAMPLE);
    expect(code).toBe(3);
    expect(lines(stderr).join('\n')).toContain(subject);
  });

  test('folders say which cloud they are of: two of Google are never compared as AWS', async () => {
    const [one, other] = [scratch(), scratch()];
    await run('synth', bare('one'), '--cloud', 'google', '--out', one);
    await run('synth', bare('one', 'acme-prod'), '--cloud', 'google', '--out', other);
    const { code, stdout } = await run('diff', other, '--against', one, '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout).changes.length).toBeGreaterThan(5);
    expect(await run('diff', other, '--against', one, '--cloud', 'aws')).toMatchObject({ code: 1 });
  });

  test('a folder of neither cloud is refused', async () => {
    const folder = scratch();
    mkdirSync(path.join(folder, 'stacks'));
    writeFileSync(path.join(folder, 'manifest.json'), '{}');
    for (const cloud of ['aws', 'google']) {
      const { code, stderr } = await run('diff', EXAMPLE, '--against', folder, '--cloud', cloud);
      expect([cloud, code]).toEqual([cloud, 1]);
      expect(stderr).toContain('is a folder without a manifest.json that lists');
    }
  });
});
