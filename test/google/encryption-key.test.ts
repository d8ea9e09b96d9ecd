import { describe, expect, test } from 'vitest';
import { EncryptionKey } from '../../lib/google/encryption-key';
import { GoogleResource } from '../../lib/google/l1/google-resource';
import { AT, addresses, block, blocks, synthesize } from './blocks';
import { forceNewChanges, schemaProblems } from './judges';

const NAME = 'projects/acme-ml/locations/europe-west4/keyRings/ml/cryptoKeys/data';

describe('an encryption key', () => {
  test('rotates every 90 days in a ring of its own, and is kept', () => {
    const document = synthesize((stack) => void new EncryptionKey(stack, 'Key', { ...AT, name: 'churn' }));
    expect(schemaProblems(document)).toEqual([]);
    expect(block(document, 'google_kms_key_ring')).toMatchObject({
      name: 'churn',
      location: 'europe-west4',
      project: 'acme-ml',
      lifecycle: { prevent_destroy: true },
    });
    expect(block(document, 'google_kms_crypto_key')).toMatchObject({
      purpose: 'ENCRYPT_DECRYPT',
      rotation_period: '7776000s',
      lifecycle: { prevent_destroy: true },
    });
    expect(blocks(document, 'google_kms_crypto_key_iam_member')).toEqual([]);
  });

  test('lets only the services use it that were allowed, each once', () => {
    const document = synthesize((stack) => {
      const key = new EncryptionKey(stack, 'Key', { ...AT, projectNumber: '123', name: 'churn' });
      expect(key.allow(AT, 'pubSub', 'bigQuery')).toHaveLength(2);
      expect(key.allow(AT, 'pubSub', 'storage', 'vertexAi', 'workflows')[0]).toBe(key.allow(AT, 'pubSub')[0]);
    });
    expect(schemaProblems(document)).toEqual([]);
    const grants = blocks(document, 'google_kms_crypto_key_iam_member');
    expect(new Set(grants.map(({ role }) => role))).toEqual(new Set(['roles/cloudkms.cryptoKeyEncrypterDecrypter']));
    expect(grants.map(({ member }) => member).sort()).toEqual([
      '${data.google_storage_project_service_account.StorageServiceAgent-acme-ml.member}',
      'serviceAccount:bq-123@bigquery-encryption.iam.gserviceaccount.com',
      'serviceAccount:service-123@gcp-sa-aiplatform.iam.gserviceaccount.com',
      'serviceAccount:service-123@gcp-sa-pubsub.iam.gserviceaccount.com',
      'serviceAccount:service-123@gcp-sa-workflows.iam.gserviceaccount.com',
    ]);
    expect(document.data).not.toHaveProperty('google_project');
  });

  test('looks the number of the project up once per stack and project', () => {
    const document = synthesize((stack) => {
      for (const name of ['churn', 'delay'])
        new EncryptionKey(stack, name, { ...AT, name }).allow(AT, 'pubSub', 'bigQuery');
      new EncryptionKey(stack, 'Other', { ...AT, project: 'other', name: 'x' }).allow(
        { ...AT, project: 'other' },
        'pubSub',
      );
    });
    expect(Object.values(document.data!.google_project as object).map(({ project_id }) => project_id)).toEqual([
      'acme-ml',
      'other',
    ]);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('can be given up: a change that destroys and replaces nothing', () => {
    const build = (removalPolicy?: 'destroy') =>
      synthesize((stack) => void new EncryptionKey(stack, 'Key', { ...AT, name: 'churn', removalPolicy }));
    const [kept, given] = [build(), build('destroy')];
    expect(block(given, 'google_kms_crypto_key').lifecycle).toEqual({ prevent_destroy: false });
    expect(forceNewChanges(kept, given)).toEqual([]);
    expect(addresses(given)).toEqual(addresses(kept));
  });

  test('takes a name that differs from the last, after a ring that cannot be deleted', () => {
    const props = { ...AT, name: 'churn', keyRingName: 'churn-2' };
    const document = synthesize((stack) => void new EncryptionKey(stack, 'Key', props));
    expect(block(document, 'google_kms_key_ring').name).toBe('churn-2');
  });

  test('stands once per name and region', () => {
    synthesize((stack) => {
      new EncryptionKey(stack, 'Key', { ...AT, name: 'churn' });
      new EncryptionKey(stack, 'Elsewhere', { ...AT, region: 'us-central1', name: 'churn' });
      expect(() => new EncryptionKey(stack, 'Again', { ...AT, name: 'churn' })).toThrow('stands twice');
    });
  });
});

describe('a key of others', () => {
  test('is used by name, and its policy stays its owner’s', () => {
    const document = synthesize((stack) => {
      const key = EncryptionKey.fromKeyName(stack, 'Key', NAME);
      expect(key.keyName).toBe(NAME);
      expect(key.allow(AT, 'storage', 'pubSub')).toEqual([]);
    });
    expect(addresses(document)).toEqual([]);
  });

  test('may be known to Terraform only, and is else named in full', () => {
    synthesize((stack) => {
      const args = { name: 'data', key_ring: 'projects/p/locations/l/keyRings/r' };
      const { id } = new GoogleResource(stack, 'Own', 'google_kms_crypto_key', args);
      expect(EncryptionKey.fromKeyName(stack, 'Token', id).keyName).toBe(id);
      expect(() => EncryptionKey.fromKeyName(stack, 'Version', `${NAME}/cryptoKeyVersions/1`)).toThrow(
        `keyName: got "${NAME}/cryptoKeyVersions/1", allowed: projects/PROJECT`,
      );
    });
  });
});
