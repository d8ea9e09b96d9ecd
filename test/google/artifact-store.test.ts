import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/google/artifact-store';
import type { ArtifactStoreProps } from '../../lib/google/artifact-store';
import { EncryptionKey } from '../../lib/google/encryption-key';
import { GoogleResource } from '../../lib/google/l1/google-resource';
import { ANN, AT, addresses, block, blocks, synthesize } from './blocks';
import { forceNewChanges, schemaProblems } from './judges';

const build = (props: Partial<ArtifactStoreProps> = {}) =>
  synthesize((stack) => void new ArtifactStore(stack, 'Store', { ...AT, name: 'churn', ...props }));

describe('an artifact store', () => {
  test('is encrypted, versioned, never public, and kept', () => {
    const document = build();
    expect(schemaProblems(document)).toEqual([]);
    expect(block(document, 'google_storage_bucket')).toMatchObject({
      name: 'acme-ml-churn-artifacts',
      project: 'acme-ml',
      location: 'europe-west4',
      uniform_bucket_level_access: true,
      public_access_prevention: 'enforced',
      versioning: { enabled: false },
      soft_delete_policy: { retention_duration_seconds: 2592000 },
      encryption: { default_kms_key_name: expect.stringMatching(/^\$\{google_kms_crypto_key\.Store_Key_\w+\.id\}$/) },
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  test('waits until Cloud Storage may use the key', () => {
    const document = build();
    const [grant] = addresses(document).filter((address) => address.startsWith('google_kms_crypto_key_iam_member'));
    expect(block(document, 'google_storage_bucket').depends_on).toEqual([grant]);
    expect(block(document, 'google_kms_crypto_key_iam_member').member).toContain('storage_project_service_account');
  });

  test('clears away unfinished uploads, and nothing else', () => {
    expect(block(build(), 'google_storage_bucket').lifecycle_rule).toEqual([
      { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 7 } },
    ]);
  });

  test('writes usage logs only to a bucket that it was given', () => {
    expect(block(build(), 'google_storage_bucket')).not.toHaveProperty('logging');
    const logged = block(build({ accessLogsBucket: 'acme-logs' }), 'google_storage_bucket');
    expect(logged.logging).toEqual({ log_bucket: 'acme-logs' });
  });

  test('goes with its objects when told so, which replaces nothing before', () => {
    const [kept, given] = [build(), build({ removalPolicy: 'destroy' })];
    expect(block(given, 'google_storage_bucket')).toMatchObject({
      force_destroy: true,
      lifecycle: { prevent_destroy: false },
    });
    expect(block(given, 'google_kms_crypto_key').lifecycle).toEqual({ prevent_destroy: false });
    expect(forceNewChanges(kept, given)).toEqual([]);
  });

  test('works with a given key, of which the policy stays its owner’s', () => {
    const document = synthesize((stack) => {
      const keyName = 'projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k';
      const encryptionKey = EncryptionKey.fromKeyName(stack, 'Key', keyName);
      new ArtifactStore(stack, 'Store', { ...AT, name: 'churn', encryptionKey });
    });
    expect(addresses(document).map((address) => address.split('.')[0])).toEqual(['google_storage_bucket']);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('stands several times in a stack, below scopes, with a project that only Terraform knows', () => {
    const document = synthesize((stack) => {
      const topic = new GoogleResource(stack, 'Project', 'google_pubsub_topic', { name: 'a', project: 'p' });
      const project = topic.attribute('project');
      const scope = new Construct(stack, 'Team');
      for (const name of ['churn', 'delay']) new ArtifactStore(scope, name, { ...AT, project, name });
      expect(() => new ArtifactStore(stack, 'Again', { ...AT, project, name: 'churn' })).toThrow('stands twice');
    });
    expect(blocks(document, 'google_storage_bucket').map(({ name }) => name.replace(/\$\{.*\}/, 'PROJECT'))).toEqual([
      'PROJECT-churn-artifacts',
      'PROJECT-delay-artifacts',
    ]);
    expect(Object.keys(document.data!.google_storage_project_service_account as object)).toHaveLength(1);
    expect(schemaProblems(document)).toEqual([]);
  });
});

/** What a condition lets through besides listing. */
function allowedBy({ condition }: any): { start: string; names: string[] } {
  const [listing, start, ...names] = condition.expression.split(' || ');
  expect(listing).toBe('resource.type != "storage.googleapis.com/Object"');
  const objectName = (text: string) => /objects\/([^"]*)"/.exec(text)![1];
  expect(start).toMatch(/^resource\.name\.startsWith\(".*"\)$/);
  for (const name of names) expect(name).toMatch(/^resource\.name == ".*"$/);
  return { start: objectName(start), names: names.map(objectName) };
}

describe('grants', () => {
  const granted = (grant: (store: ArtifactStore) => void) =>
    synthesize((stack) => grant(new ArtifactStore(stack, 'Store', { ...AT, name: 'churn' })));

  test('are on the bucket, once per member', () => {
    const document = granted((store) => {
      expect(store.grantRead(ANN)).toBe(store.grantRead(ANN));
      store.grantWrite(ANN);
    });
    const grants = blocks(document, 'google_storage_bucket_iam_member');
    expect(grants.map(({ role, member }) => [role, member])).toEqual([
      ['roles/storage.objectUser', ANN],
      ['roles/storage.objectViewer', ANN],
    ]);
    expect(grants.every(({ condition }) => condition === undefined)).toBe(true);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('hold for objects of a prefix, when one is given', () => {
    const document = granted((store) => {
      store.grantWrite(ANN, 'training/churn/');
      store.grantWrite(ANN, 'training/delay/');
    });
    const conditions = blocks(document, 'google_storage_bucket_iam_member').map(allowedBy);
    expect(conditions).toEqual(
      ['churn', 'delay'].map((name) => ({
        start: `training/${name}/`,
        // Cloud Storage FUSE asks for each folder on the way, and takes only "not found" for an answer.
        names: ['training', 'training/', `training/${name}`, `training/${name}/`],
      })),
    );
    expect(schemaProblems(document)).toEqual([]);
  });

  test('for a prefix deeper than a condition can say hold for a folder above it', () => {
    const document = granted((store) => store.grantRead(ANN, 'a/b/c/d/e/f/g/'));
    const { start, names } = allowedBy(block(document, 'google_storage_bucket_iam_member'));
    expect(start).toBe('a/b/c/d/e/');
    expect(names).toHaveLength(10); // with the two others 11 operators, of 12 that IAM allows
    const file = granted((store) => store.grantRead(ANN, 'a/b/c/d/e/name-'));
    expect(allowedBy(block(file, 'google_storage_bucket_iam_member')).start).toBe('a/b/c/d/e/name-');
  });

  test('are given on a bucket that stands already', () => {
    const document = synthesize((stack) => {
      ArtifactStore.fromBucketName(stack, 'Data', 'acme-data').grantRead(ANN);
    });
    expect(block(document, 'google_storage_bucket_iam_member')).toMatchObject({ bucket: 'acme-data', member: ANN });
    expect(addresses(document)).toHaveLength(1);
  });
});
