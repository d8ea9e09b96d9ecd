import { describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/google/artifact-store';
import { Deployer } from '../../lib/google/deployer';
import type { DeployerProps } from '../../lib/google/deployer';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { EncryptionKey } from '../../lib/google/encryption-key';
import { MlopsDataset } from '../../lib/google/mlops-dataset';
import { ModelRegistry } from '../../lib/google/model-registry';
import { ServiceAccount } from '../../lib/google/service-account';
import { lintEnvironment, lintWorkflow } from '../../lib/google/workflows/lint';
import type { DeployerSettings } from '../../lib/runtime/google-contract';
import { AT, block, blocks, named, synthesize } from './blocks';
import { KEY_NAME } from './configs';
import { permissionsOf, rightsOf, settled } from './iam';
import { schemaProblems } from './judges';

const ENDPOINT = 'projects/acme-ml/locations/europe-west4/endpoints/4443603559';
const TOPIC = 'projects/acme-ml/topics/delay-approvals';

/** A deployer with parts that stand already. */
function build(overrides: Partial<DeployerProps> = {}, approvalTopic?: string): TerraformDocument {
  const document = synthesize((stack) => {
    const artifacts = ArtifactStore.fromBucketName(stack, 'Bucket', 'acme-artifacts');
    const encryptionKey = EncryptionKey.fromKeyName(stack, 'Key', KEY_NAME);
    new Deployer(stack, 'Deployer', {
      ...AT,
      endpointName: 'delay',
      endpoint: ENDPOINT,
      registry: ModelRegistry.fromModelId(stack, 'Registry', { ...AT, modelId: 'delay', approvalTopic }),
      artifacts,
      dataset: new MlopsDataset(stack, 'Dataset', { ...AT, name: 'delay', artifacts, encryptionKey }),
      modelAccount: new ServiceAccount(stack, 'Models', {
        ...AT,
        name: 'delay',
        role: 'serving',
        description: 'Models',
      }),
      encryptionKey,
      automatic: true,
      abTesting: false,
      ...overrides,
    });
  });
  expect(schemaProblems(document)).toEqual([]);
  return document;
}

const plain = build({}, TOPIC);

/** A template string with the names of what it refers to. */
const textIn = (text: string) => settled(plain, text).replaceAll('$${', '${');

describe('the workflow', () => {
  const workflow = block(plain, 'google_workflows_workflow');

  test('asks the program of the dataset, and knows where policy and record are', () => {
    const { SETTINGS, ...environment } = workflow.user_env_vars;
    expect(environment).toEqual({ PROJECT: 'acme-ml', REGION: 'europe-west4', ROUTINE: expect.any(String) });
    expect(textIn(environment.ROUTINE)).toMatch(/^acme-ml\.delay_mlops\./);
    expect(JSON.parse(textIn(SETTINGS))).toEqual({
      project: 'acme-ml',
      region: 'europe-west4',
      endpoint: 'delay',
      endpointId: ENDPOINT,
      bucket: 'acme-artifacts',
      folder: 'deployments/delay/',
    } satisfies DeployerSettings);
  });

  test('is within the limits of the service, encrypted, and can be made again', () => {
    expect(lintWorkflow(textIn(workflow.source_contents))).toEqual([]);
    expect(lintEnvironment(workflow.user_env_vars)).toEqual([]);
    expect(workflow).toMatchObject({ name: 'delay-deployer', crypto_key_name: KEY_NAME, deletion_protection: false });
  });

  test('may do exactly what its program asks for', () => {
    expect(rightsOf(plain, 'delay-deployer')).toEqual([
      'delay.deployer on project acme-ml',
      'delay.programs on bigquery_dataset delay_mlops',
      'roles/iam.serviceAccountUser on service_account delay-serving',
      'roles/logging.logWriter on project acme-ml',
      'roles/storage.objectUser on storage_bucket acme-artifacts/deployments/delay/record/',
      'roles/storage.objectViewer on storage_bucket acme-artifacts/deployments/delay/',
      'roles/storage.objectViewer on storage_bucket acme-artifacts/programs/',
    ]);
    expect(permissionsOf(plain, 'delay.deployer')).toEqual([
      'aiplatform.endpoints.deploy',
      'aiplatform.endpoints.get',
      'aiplatform.endpoints.undeploy',
      'aiplatform.endpoints.update',
      'aiplatform.models.delete',
      'aiplatform.models.get',
      'aiplatform.models.list',
      'aiplatform.models.update',
      'aiplatform.models.upload',
      'aiplatform.operations.list',
      'bigquery.jobs.create',
      'monitoring.timeSeries.list',
      'workflows.executions.get',
    ]);
    expect(permissionsOf(plain, 'delay.programs')).toEqual(['bigquery.routines.get']);
  });

  test('predicts only where there is no endpoint, and looks for baselines only where they are needed', () => {
    const batch = build({ endpoint: undefined, baselines: 'drift/delay/baselines/' });
    const predicting = permissionsOf(batch, 'delay.deployer').filter((one) => one.includes('batchPredictionJobs'));
    expect(predicting).toHaveLength(3);
    expect(rightsOf(batch, 'delay-deployer')).toContain(
      'roles/storage.objectViewer on storage_bucket acme-artifacts/drift/delay/baselines/',
    );
  });
});

describe('what starts it', () => {
  const schedules = (document: TerraformDocument) =>
    blocks(document, 'google_cloud_scheduler_job').map(({ name, schedule }) => `${name} ${schedule}`);

  test('the schedule: every hour, every five minutes while versions are tested', () => {
    expect(schedules(plain)).toEqual(['delay-deployer 0 * * * *']);
    expect(schedules(build({ abTesting: true }))).toEqual(['delay-deployer */5 * * * *']);
    const { http_target } = block(plain, 'google_cloud_scheduler_job');
    const body = JSON.parse(Buffer.from(http_target.body, 'base64').toString());
    expect(JSON.parse(body.argument)).toEqual({ cause: 'schedule' });
    expect(schedules(build({ predictions: '0 4 * * *' }))).toContain('delay-predictions 0 4 * * *');
  });

  test('changes of the policy, and its end', () => {
    expect(block(plain, 'google_storage_notification')).toMatchObject({
      bucket: 'acme-artifacts',
      object_name_prefix: 'deployments/delay/policy.json',
      event_types: ['OBJECT_FINALIZE', 'OBJECT_DELETE'],
      depends_on: [expect.stringContaining('google_pubsub_topic_iam_member.Deployer_PolicyEvents')],
    });
    expect(block(plain, 'google_pubsub_topic')).toMatchObject({ name: 'delay-policy', kms_key_name: KEY_NAME });
    const { destination, transport } = named(plain, 'google_eventarc_trigger', 'delay-policy');
    expect(textIn(destination.workflow)).toBe('delay-deployer');
    expect(textIn(transport.pubsub.topic)).toBe('delay-policy');
  });

  test('approvals, where they deploy and where their topic is known', () => {
    const triggers = (document: TerraformDocument) =>
      blocks(document, 'google_eventarc_trigger')
        .map(({ name }) => name)
        .sort();
    expect(triggers(plain)).toEqual(['delay-approvals', 'delay-policy']);
    expect(named(plain, 'google_eventarc_trigger', 'delay-approvals').transport.pubsub.topic).toBe(TOPIC);
    expect(triggers(build({ automatic: false }, TOPIC))).toEqual(['delay-policy']);
    expect(triggers(build())).toEqual(['delay-policy']);
  });

  test('may do nothing else', () => {
    expect(rightsOf(plain, 'delay-deploy-start')).toEqual([
      'delay.deploy_start on project acme-ml',
      'roles/eventarc.eventReceiver on project acme-ml',
      'roles/workflows.invoker on project acme-ml',
    ]);
    expect(permissionsOf(plain, 'delay.deploy_start')).toEqual(['workflows.executions.create']);
  });
});

describe('the program', () => {
  const routine = block(plain, 'google_bigquery_routine');
  const [library] = blocks(plain, 'google_storage_bucket_object');

  test('is a function of the library, text in and text out', () => {
    expect(routine).toMatchObject({
      routine_id: 'program',
      routine_type: 'SCALAR_FUNCTION',
      language: 'JAVASCRIPT',
      definition_body: 'return cdkMlops.program(input);',
      arguments: [{ name: 'input', data_type: '{"typeKind":"STRING"}' }],
      return_type: '{"typeKind":"STRING"}',
    });
  });

  test('is called by the hash of its library, which stays for those that run', () => {
    expect(library.name).toMatch(/^programs\/[0-9a-f]{64}\.js$/);
    expect(library.deletion_policy).toBe('ABANDON');
    expect(routine.imported_libraries.map(textIn)).toEqual([`gs://acme-artifacts/${library.name}`]);
  });

  test('is the dataset’s, which is kept and encrypted', () => {
    expect(block(plain, 'google_bigquery_dataset')).toMatchObject({
      dataset_id: 'delay_mlops',
      default_encryption_configuration: { kms_key_name: KEY_NAME },
      delete_contents_on_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });
});

describe('alerts', () => {
  const policies = blocks(plain, 'google_monitoring_alert_policy');
  const find = (what: string) => policies.find(({ display_name }) => display_name.includes(what))!;

  test('pass on what the deployer tells, in its words', () => {
    const { conditions, documentation } = find('news of a deployment');
    const { filter, label_extractors } = conditions[0].condition_matched_log;
    expect(filter).toContain('resource.labels.workflow_id="delay-deployer"');
    expect(filter).toContain('jsonPayload.deployment.what:*');
    expect(label_extractors).toEqual({ message: 'EXTRACT(jsonPayload.message)' });
    expect(textIn(documentation.content)).toBe('${log.extracted_label.message}');
  });

  test('tell of executions that failed, and of those that were never started', () => {
    expect(find('failed').conditions[0].condition_threshold.filter).toContain('metric.labels.status="FAILED"');
    const predicting = build({ predictions: '0 4 * * *' });
    const [missed] = blocks(predicting, 'google_monitoring_alert_policy')
      .filter(({ display_name }) => display_name.includes('could not be started'))
      .map(({ conditions }) => conditions[0].condition_matched_log.filter);
    for (const job of ['delay-deployer', 'delay-predictions']) expect(missed).toContain(`job_id="${job}"`);
  });
});
