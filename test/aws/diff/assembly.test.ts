import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { afterEach, expect, test } from 'vitest';
import { isAssembly, readAssembly } from '../../../lib/aws/diff/assembly';
import { FeatureStore } from '../../../lib/aws/feature-store';
import { diffTemplates, refusals } from '../../../lib/aws/template-diff';

const folders: string[] = [];
const folder = () => folders[folders.push(mkdtempSync(path.join(tmpdir(), 'cdk-mlops-assembly-'))) - 1];
afterEach(() => {
  for (const used of folders.splice(0)) rmSync(used, { recursive: true });
});

/** An app with a stack, stacks nested in it, and a stage; `objectLock` cannot change on the innermost bucket. */
function synth(objectLock: boolean, keyId = 'Key', metadata = true) {
  const app = new App({ outdir: folder(), context: { 'aws:cdk:enable-asset-metadata': metadata } });
  const stack = new Stack(app, 'Top');
  const key = new kms.Key(stack, keyId);
  const outer = new NestedStack(stack, 'Outer');
  const inner = new NestedStack(outer, 'Inner');
  new s3.Bucket(inner, 'Bucket', { objectLockEnabled: objectLock, encryptionKey: key });
  new s3.Bucket(new Stack(new Stage(app, 'Prod'), 'Staged', { stackName: 'staged' }), 'Bucket');
  return app.synth().directory;
}

test('reads stacks, nested stacks at any depth, and stages', () => {
  const directory = synth(false);
  expect(isAssembly(directory)).toBe(true);
  const templates = readAssembly(directory);
  const depths = Object.keys(templates).map((name) => [name.split('/')[0], name.split('/').length]);
  expect(depths.sort()).toEqual([
    ['Top', 1],
    ['Top', 2],
    ['Top', 3],
    ['staged', 1],
  ]);
  expect(isAssembly(path.dirname(directory))).toBe(false);
});

test('a change in the innermost stack is found, and one that reaches it through parameters', () => {
  const before = readAssembly(synth(false));
  const locked = diffTemplates(before, readAssembly(synth(true))).filter(({ type }) => type === 'AWS::S3::Bucket');
  expect(locked).toEqual([
    expect.objectContaining({ kind: 'replaced', stateful: true, stack: expect.stringMatching(/^Top\/.+\/.+/) }),
  ]);
  expect(diffTemplates(before, readAssembly(synth(false)))).toEqual([]);
});

test('nested stacks are found without asset metadata, as a bare app.synth() leaves them', () => {
  const bare = readAssembly(synth(false, 'Key', false));
  expect(JSON.stringify(bare)).not.toContain('aws:asset:path');
  const named = readAssembly(synth(false));
  expect(Object.keys(bare)).toEqual(Object.keys(named));
  for (const name of Object.keys(named)) {
    expect(Object.keys(bare[name].Resources ?? {})).toEqual(Object.keys(named[name].Resources ?? {}));
  }
});

test('a nested stack whose template is not in the assembly is an error, not a stack less', () => {
  const directory = synth(false, 'Key', false);
  const file = path.join(directory, 'Top.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8'));
  template.Resources.Far = { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'https://a/b.json' } };
  writeFileSync(file, JSON.stringify(template));
  expect(() => readAssembly(directory)).toThrow(
    'Top/Far: its template is not named in the assembly; synthesize with asset metadata (the cdk command line does)',
  );
});

test('a file that is no JSON is named', () => {
  expect(() => readAssembly(folder())).toThrow(/manifest\.json cannot be read/);
});

test('another tag of the stack replaces what cannot change its tags, and is seen', () => {
  const tagged = (tags: Record<string, string>) => {
    const app = new App({ outdir: folder() });
    const stack = new Stack(app, 'Top', { tags });
    new FeatureStore(stack, 'Store', {
      groups: [{ name: 'flights', recordIdentifier: 'id', eventTime: 'at', features: [{ name: 'x', type: 'float' }] }],
    });
    return readAssembly(app.synth().directory);
  };
  const changes = diffTemplates(tagged({ team: 'ml' }), tagged({ team: 'data' }));
  expect(changes.map(({ type, kind }) => [type, kind])).toEqual([['AWS::SageMaker::FeatureGroup', 'replaced']]);
  expect(refusals(changes)).not.toEqual([]);
  expect(diffTemplates(tagged({ team: 'ml' }), tagged({ team: 'ml' }))).toEqual([]);
});
