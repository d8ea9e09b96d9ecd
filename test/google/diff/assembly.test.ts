import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isAssembly, readAssembly } from '../../../lib/google/diff/assembly';
import { App, TerraformStack } from '../../../lib/google/engine';
import { GoogleProvider, GoogleResource } from '../../../lib/google/l1/google-resource';
import { diffStacks } from '../../../lib/google/stack-diff';

const folders: string[] = [];
const folder = () => folders[folders.push(mkdtempSync(path.join(tmpdir(), 'cdk-mlops-assembly-'))) - 1];
afterAll(() => folders.forEach((used) => rmSync(used, { recursive: true })));

/** An app of two stacks, one of which reads the other's bucket. */
function synth(location: string, id = 'Bucket'): string {
  const app = new App({ outdir: folder(), stackTraces: false });
  const [first, second] = ['First', 'Second'].map((name) => new TerraformStack(app, name));
  for (const stack of [first, second]) new GoogleProvider(stack, 'Google');
  const bucket = new GoogleResource(first, id, 'google_storage_bucket', { name: 'churn', location });
  if (id !== 'Bucket') bucket.moveFromId('google_storage_bucket.Bucket');
  const member = { bucket: bucket.id, role: 'roles/storage.objectViewer', member: 'user:a@b.c' };
  new GoogleResource(second, 'Member', 'google_storage_bucket_iam_member', member);
  app.synth();
  return app.outdir;
}

const changed = (before: string, after: string) =>
  diffStacks(readAssembly(before), readAssembly(after)).map(
    ({ stack, logicalId, kind }) => `${stack} ${logicalId} ${kind}`,
  );

test('stacks are read by name, and compared through what they read of each other', () => {
  const before = synth('EU');
  expect(isAssembly(before)).toBe(true);
  expect(Object.keys(readAssembly(before))).toEqual(['First', 'Second']);
  expect(changed(before, synth('EU'))).toEqual([]);
  expect(changed(before, synth('US'))).toEqual([
    'First google_storage_bucket.Bucket replaced',
    'Second google_storage_bucket_iam_member.Member replaced',
  ]);
});

test('a construct that says where it was is the same resource', () => {
  const changes = diffStacks(readAssembly(synth('EU')), readAssembly(synth('EU', 'Renamed')));
  expect(changes.filter(({ stack }) => stack === 'First')).toEqual([]);
});

test('other folders are no assemblies, and a missing file is named', () => {
  const used = folder();
  expect(isAssembly(used)).toBe(false);
  writeFileSync(path.join(used, 'manifest.json'), '{"artifacts":{}}');
  expect(isAssembly(used)).toBe(false);
  writeFileSync(
    path.join(used, 'manifest.json'),
    '{"stacks":{"S":{"name":"S","synthesizedStackPath":"stacks/S/cdk.tf.json"}}}',
  );
  expect(() => readAssembly(used)).toThrow(/cdk\.tf\.json cannot be read as a synthesized stack's file: ENOENT/);
});
