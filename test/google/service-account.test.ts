import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { CustomRole } from '../../lib/google/custom-role';
import { grantInProject } from '../../lib/google/iam-members';
import { ServiceAccount } from '../../lib/google/service-account';
import { ANN, addresses, block, blocks, synthesize } from './blocks';
import { schemaProblems } from './judges';

const PROPS = { project: 'acme-ml', name: 'churn', role: 'training', description: 'Trains' };

describe('a service account', () => {
  test('has no right at first, and may be used by whom it is told', () => {
    const document = synthesize((stack) => {
      const account = new ServiceAccount(stack, 'Account', PROPS);
      expect(account.grantUse(ANN)).toBe(account.grantUse(ANN));
      expect(account.member).toBe(`serviceAccount:${account.email}`);
    });
    expect(schemaProblems(document)).toEqual([]);
    expect(block(document, 'google_service_account')).toMatchObject({
      project: 'acme-ml',
      account_id: 'churn-training',
    });
    expect(block(document, 'google_service_account_iam_member')).toMatchObject({
      service_account_id: expect.stringMatching(/^\$\{google_service_account\..*\.name\}$/),
      role: 'roles/iam.serviceAccountUser',
      member: ANN,
    });
    expect(addresses(document)).toHaveLength(2);
  });

  test('stands once per name and role', () => {
    synthesize((stack) => {
      new ServiceAccount(stack, 'Account', PROPS);
      new ServiceAccount(stack, 'Other', { ...PROPS, role: 'scheduler' });
      expect(() => new ServiceAccount(new Construct(stack, 'Below'), 'Account', PROPS)).toThrow(
        'accountId: "churn-training" stands twice',
      );
    });
  });

  test('that stands already is used by its e-mail address', () => {
    const document = synthesize((stack) => {
      const attributes = { email: 'a@acme-ml.iam.gserviceaccount.com', project: 'acme-ml' };
      ServiceAccount.fromServiceAccountAttributes(stack, 'Account', attributes).grantUse(ANN);
    });
    expect(block(document, 'google_service_account_iam_member').service_account_id).toBe(
      'projects/acme-ml/serviceAccounts/a@acme-ml.iam.gserviceaccount.com',
    );
    expect(schemaProblems(document)).toEqual([]);
  });
});

describe('rights in a project', () => {
  test('are declared once per stack, whoever gives them', () => {
    const document = synthesize((stack) => {
      const account = new ServiceAccount(stack, 'Account', PROPS);
      for (const id of ['A', 'B']) {
        const scope = new Construct(stack, id);
        grantInProject(scope, 'acme-ml', 'roles/logging.logWriter', account.member);
        grantInProject(scope, 'acme-ml', 'roles/logging.logWriter', ANN);
      }
      grantInProject(stack, 'other', 'roles/logging.logWriter', ANN);
    });
    expect(blocks(document, 'google_project_iam_member')).toHaveLength(3);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('of a custom role are exactly its permissions', () => {
    const document = synthesize((stack) => {
      const role = { project: 'acme-ml', roleId: 'churn.read', title: 'Read', permissions: ['b.get', 'a.get'] };
      new CustomRole(stack, 'Role', role).grant(ANN);
      expect(() => new CustomRole(stack, 'Again', role)).toThrow('roleId: "churn.read" stands twice');
    });
    expect(block(document, 'google_project_iam_custom_role')).toMatchObject({
      role_id: 'churn.read',
      permissions: ['a.get', 'b.get'],
    });
    expect(block(document, 'google_project_iam_member')).toMatchObject({
      project: 'acme-ml',
      role: expect.stringMatching(/^\$\{google_project_iam_custom_role\.Role_\w+\.name\}$/),
      member: ANN,
    });
    expect(schemaProblems(document)).toEqual([]);
  });
});

test.each(['me@example.com', 'allUsers', 'allAuthenticatedUsers', 'user:', 'projects/p/serviceAccounts/a@b'])(
  'rights are not given to %j, whoever gives them',
  (member) => {
    synthesize((stack) => {
      const account = new ServiceAccount(stack, 'Account', PROPS);
      const store = ArtifactStore.fromBucketName(stack, 'Store', 'acme-data');
      const role = new CustomRole(stack, 'Role', {
        project: 'acme-ml',
        roleId: 'churn.read',
        title: 'Read',
        permissions: [],
      });
      for (const grant of [() => account.grantUse(member), () => store.grantRead(member), () => role.grant(member)]) {
        expect(grant).toThrow(`got the member "${member}", allowed: user:, group:, serviceAccount: or domain:`);
      }
    });
  },
);

test('a bucket is imported by its name', () => {
  synthesize((stack) => {
    expect(() => ArtifactStore.fromBucketName(stack, 'Store', 'gs://acme-data')).toThrow(
      'bucketName: got "gs://acme-data", allowed: the name of a bucket, without gs://',
    );
  });
});
