import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { GoogleResource } from '../../lib/google/l1/google-resource';
import { ModelRegistry } from '../../lib/google/model-registry';
import type { ModelRegistryProps } from '../../lib/google/model-registry';
import { ServiceAccount } from '../../lib/google/service-account';
import { ANN, AT, addresses, block, blocks, synthesize } from './blocks';
import { forceNewChanges, schemaProblems } from './judges';

const PROPS: ModelRegistryProps = { ...AT, modelId: 'churn' };
const WORKFLOW = 'projects/acme-ml/locations/europe-west4/workflows/deploy';

const build = (use: (registry: ModelRegistry) => void = () => {}, props: Partial<ModelRegistryProps> = {}) =>
  synthesize((stack) => use(new ModelRegistry(stack, 'Registry', { ...PROPS, ...props })));

describe('a model registry', () => {
  test('is a model that the first upload makes: only its roles and the way of its approvals are declared', () => {
    const document = build((registry) => {
      expect(registry.modelName).toBe('projects/acme-ml/locations/europe-west4/models/churn');
    });
    expect(schemaProblems(document)).toEqual([]);
    expect(addresses(document).map((address) => address.split('.')[0])).toEqual([
      'google_kms_crypto_key',
      'google_kms_crypto_key_iam_member',
      'google_kms_key_ring',
      'google_logging_project_sink',
      ...Array<string>(3).fill('google_project_iam_custom_role'),
      'google_pubsub_topic',
      'google_pubsub_topic_iam_member',
    ]);
  });

  test('sends approvals through a sink that may do nothing else, to an encrypted topic in its region', () => {
    const document = build();
    const [topic, sink] = [block(document, 'google_pubsub_topic'), block(document, 'google_logging_project_sink')];
    expect(topic).toMatchObject({
      name: 'churn-approvals',
      kms_key_name: expect.stringContaining('google_kms_crypto_key'),
      message_storage_policy: { allowed_persistence_regions: ['europe-west4'] },
      depends_on: [expect.stringContaining('Allow-pubSub')],
    });
    expect(sink.destination).toMatch(/^pubsub\.googleapis\.com\/\$\{google_pubsub_topic\..*\.id\}$/);
    expect(sink.unique_writer_identity).toBe(true);
    expect(block(document, 'google_pubsub_topic_iam_member')).toMatchObject({
      role: 'roles/pubsub.publisher',
      member: expect.stringMatching(/^\$\{google_logging_project_sink\..*\.writer_identity\}$/),
    });
  });

  test('keeps all of it when its key is given up', () => {
    expect(forceNewChanges(build(), build(undefined, { removalPolicy: 'destroy' }))).toEqual([]);
  });

  test('stands once per model, and beside others', () => {
    const document = synthesize((stack) => {
      const scope = new Construct(stack, 'Team');
      for (const modelId of ['churn', 'delay', '9lives']) new ModelRegistry(scope, modelId, { ...AT, modelId });
      expect(() => new ModelRegistry(stack, 'Again', PROPS)).toThrow('modelId: "churn" stands twice');
    });
    expect(blocks(document, 'google_pubsub_topic').map(({ name }) => name)).toEqual([
      'x-9lives-approvals',
      'churn-approvals',
      'delay-approvals',
    ]);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('has an id that Vertex AI takes', () => {
    synthesize((stack) => {
      const topic = new GoogleResource(stack, 'Topic', 'google_pubsub_topic', { name: 'a', project: 'p' });
      for (const modelId of ['Churn', 'churn-', '', 'a'.repeat(64), topic.attribute('name')]) {
        const create = () => new ModelRegistry(new Construct(stack, `Scope${modelId.length}`), 'R', { ...AT, modelId });
        expect(create).toThrow('allowed: 1 to 63 lower-case letters');
      }
    });
  });
});

describe('the filter of approvals', () => {
  const filter: string = block(build(), 'google_logging_project_sink').filter;
  const conditions = filter.split('\nAND ');
  const pattern = (field: string) => {
    const [condition] = conditions.filter((of) => of.startsWith(`protoPayload.${field}=~`));
    return new RegExp(JSON.parse(condition.slice(`protoPayload.${field}=~`.length)) as string);
  };

  test('reads the log that is always written, and leaves out calls that failed', () => {
    expect(conditions).toHaveLength(6);
    expect(conditions).toContain('log_id("cloudaudit.googleapis.com/activity")');
    expect(conditions).toContain('protoPayload.serviceName="aiplatform.googleapis.com"');
    expect(conditions).toContain('NOT protoPayload.status.code>0');
  });

  test('wants the alias itself: a comparison by parts would let through its removal, -approved', () => {
    expect(conditions).toContain('protoPayload.request.versionAliases="approved"');
  });

  test.each([
    ['google.cloud.aiplatform.v1.ModelService.MergeVersionAliases', true],
    ['google.cloud.aiplatform.v1beta1.ModelService.MergeVersionAliases', true],
    ['google.cloud.aiplatform.ui.ModelService.MergeVersionAliases', true],
    ['google.cloud.aiplatform.ui.ModelService.ListVersionAliases', false],
    ['google.cloud.aiplatform.v1.ModelService.UploadModel', false],
  ])('lets %s through: %s', (method, through) => {
    expect(pattern('methodName').test(method)).toBe(through);
  });

  test.each([
    ['projects/acme-ml/locations/europe-west4/models/churn', true],
    ['projects/123/locations/europe-west4/models/churn@3', true],
    ['projects/acme-ml/locations/europe-west4/models/churn-eu@3', false],
    ['projects/acme-ml/locations/europe-west4/models/big-churn', false],
    ['projects/acme-ml/locations/us-central1/models/churn@3', false],
    ['projects/acme-ml/locations/europe-west4/models/churn@3/evaluations/1', false],
  ])('lets %s through: %s', (name, through) => {
    expect(pattern('resourceName').test(name)).toBe(through);
  });
});

describe('an approval', () => {
  test('starts a workflow, with an account that may start workflows and no more', () => {
    const document = build((registry) => registry.onApproval('Deploy', { workflow: WORKFLOW }));
    expect(schemaProblems(document)).toEqual([]);
    const trigger = block(document, 'google_eventarc_trigger');
    expect(trigger).toMatchObject({
      name: 'churn-deploy',
      location: 'europe-west4',
      matching_criteria: [{ attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' }],
      transport: { pubsub: { topic: expect.stringMatching(/^\$\{google_pubsub_topic\..*\.id\}$/) } },
      destination: { workflow: WORKFLOW },
      service_account: expect.stringMatching(/^\$\{google_service_account\..*\.email\}$/),
    });
    const members = blocks(document, 'google_project_iam_member');
    expect(members.map(({ role }) => role).sort()).toEqual(['roles/eventarc.eventReceiver', 'roles/workflows.invoker']);
    const granted = addresses(document).filter((address) => address.startsWith('google_project_iam_member'));
    expect([...trigger.depends_on].sort()).toEqual(granted.sort());
  });

  test('starts several workflows, with one account or several', () => {
    const document = synthesize((stack) => {
      const registry = new ModelRegistry(stack, 'Registry', PROPS);
      const account = { project: 'acme-ml', name: 'churn', role: 'deployer', description: 'Deploys' };
      const serviceAccount = new ServiceAccount(stack, 'Account', account);
      registry.onApproval('Deploy', { workflow: WORKFLOW, serviceAccount });
      registry.onApproval('Tell', { workflow: WORKFLOW, serviceAccount });
      registry.onApproval('Log', { workflow: WORKFLOW });
    });
    expect(blocks(document, 'google_eventarc_trigger').map(({ name }) => name)).toEqual([
      'churn-deploy',
      'churn-log',
      'churn-tell',
    ]);
    expect(blocks(document, 'google_service_account')).toHaveLength(2);
    expect(blocks(document, 'google_project_iam_member')).toHaveLength(4);
    expect(schemaProblems(document)).toEqual([]);
  });
});

describe('rights', () => {
  test('are exactly those of the work: who trains a model cannot move its aliases later', () => {
    const document = build((registry) => {
      registry.grantRead(ANN);
      registry.grantRegister(ANN);
      registry.grantApprove(ANN);
      expect(registry.grantApprove(ANN)).toBe(registry.grantApprove(ANN));
    });
    expect(schemaProblems(document)).toEqual([]);
    const roles = blocks(document, 'google_project_iam_custom_role');
    expect(Object.fromEntries(roles.map(({ role_id, permissions }) => [role_id, permissions]))).toEqual({
      'churn.read': ['aiplatform.models.get', 'aiplatform.models.list'],
      'churn.register': ['aiplatform.models.get', 'aiplatform.models.list', 'aiplatform.models.upload'],
      'churn.approve': ['aiplatform.models.get', 'aiplatform.models.list', 'aiplatform.models.update'],
    });
    const members = blocks(document, 'google_project_iam_member');
    expect(new Set(members.map(({ role }) => role)).size).toBe(3);
    expect(members.every(({ member }) => member === ANN)).toBe(true);
  });
});

describe('a registry of others', () => {
  test('is granted and attached to, with its topic', () => {
    const document = synthesize((stack) => {
      const attributes = { ...PROPS, modelId: '7654321', approvalTopic: 'projects/acme-ml/topics/approvals' };
      const registry = ModelRegistry.fromModelId(stack, 'Registry', attributes);
      registry.grantRead(ANN);
      registry.onApproval('Deploy', { workflow: WORKFLOW });
    });
    expect(block(document, 'google_eventarc_trigger').transport.pubsub.topic).toBe('projects/acme-ml/topics/approvals');
    expect(block(document, 'google_project_iam_custom_role').role_id).toMatch(/^_7654321_[0-9a-f]{8}\.read$/);
    expect(schemaProblems(document)).toEqual([]);
  });

  test('without its topic tells of no approvals', () => {
    synthesize((stack) => {
      const registry = ModelRegistry.fromModelId(stack, 'Registry', PROPS);
      expect(() => registry.onApproval('Deploy', { workflow: WORKFLOW })).toThrow('give approvalTopic (at Stack');
    });
  });
});
