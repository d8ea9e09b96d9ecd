import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as tar from 'tar';
import { afterAll, describe, expect, test } from 'vitest';
import { ArtifactStore } from '../../lib/google/artifact-store';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { EncryptionKey } from '../../lib/google/encryption-key';
import type { TerraformStack } from '../../lib/google/engine';
import { ConstructError } from '../../lib/google/errors';
import { GoogleProvider, GoogleResource } from '../../lib/google/l1/google-resource';
import { ModelRegistry } from '../../lib/google/model-registry';
import { ServiceAccount } from '../../lib/google/service-account';
import { TrainingPipeline } from '../../lib/google/training-pipeline';
import type { TrainingPipelineProps } from '../../lib/google/training-pipeline';
import { ANN, AT, addresses, block, blocks, synthesize } from './blocks';
import { ATTACHMENT, CHANNEL, KEY_NAME, NETWORK, SOURCE } from './configs';
import { grantsOf, permissionsOf, rightsOf, settled } from './iam';
import { schemaProblems, synthesizeFolder } from './judges';

const GOOGLE = { ...AT, projectNumber: '123456789012' };
const PROPS = {
  pipelineName: 'flights',
  data: { training: 'gs://acme/flights/train/', format: 'csv' },
  framework: { name: 'xgboost', version: '2.1' },
  source: SOURCE,
  preprocess: 'preprocess.py',
  entryPoint: 'train.py',
  evaluation: { entryPoint: 'evaluate.py', metric: 'auc', threshold: 0.8 },
  google: GOOGLE,
} as const;

type Overrides = Partial<TrainingPipelineProps>;
type References = (stack: TerraformStack) => Overrides;

interface Built {
  readonly training: TrainingPipeline;
  readonly document: TerraformDocument;
  readonly folder: string;
}

function add(stack: TerraformStack, overrides: Overrides = {}, references: References = () => ({})): TrainingPipeline {
  new GoogleProvider(stack, 'Google');
  const encryptionKey = new EncryptionKey(stack, 'Key', { ...GOOGLE, name: 'flights' });
  const artifacts = new ArtifactStore(stack, 'Store', { ...GOOGLE, name: 'flights', encryptionKey });
  const registry = new ModelRegistry(stack, 'Registry', { ...GOOGLE, modelId: 'flights', encryptionKey });
  const parts = { encryptionKey, artifacts, registry };
  return new TrainingPipeline(stack, 'Training', { ...PROPS, ...parts, ...overrides, ...references(stack) });
}

/** A stack with a pipeline, of which the provider's schemas have nothing to say. */
function build(overrides?: Overrides, references?: References): Built {
  let training!: TrainingPipeline;
  const folder = synthesizeFolder((stack) => (training = add(stack, overrides, references)));
  const document = JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8'));
  expect(schemaProblems(document)).toEqual([]);
  return { training, document, folder };
}

/** That props are refused, with a sentence. */
const refused = (overrides: Overrides, references?: References) =>
  expect(() => synthesizeFolder((stack) => add(stack, overrides, references)));

const objectOf = (document: TerraformDocument, contentType: string) =>
  blocks(document, 'google_storage_bucket_object').find(({ content_type }) => content_type === contentType);

/** Terraform's escapes undone, and references as names. */
const textOf = (document: TerraformDocument, text: string) =>
  settled(document, text).replaceAll('$${', '${').replaceAll('%%{', '%{');

/** The pipeline's definition, as it will lie in the bucket. */
const definitionOf = (document: TerraformDocument) =>
  JSON.parse(textOf(document, objectOf(document, 'application/json').content));

const environmentOf = (document: TerraformDocument): Record<string, string> =>
  block(document, 'google_workflows_workflow').user_env_vars;

/** The request of a step's job. */
function jobOf(document: TerraformDocument, step: string): any {
  const { args } = definitionOf(document).deploymentSpec.executors[`exec-${step}`].container;
  return JSON.parse(args[args.indexOf('--payload') + 1]);
}

const BUCKET = 'acme-ml-flights-artifacts';

/** Starting an execution, and waiting for its end. */
const START = ['workflows.executions.create', 'workflows.executions.get'];
const base = build();

describe('what is uploaded', () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  const folderWith = (files: Record<string, string>) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'cdk-mlops-source-'));
    folders.push(folder);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    return folder;
  };
  const SCRIPTS = { 'preprocess.py': '1', 'train.py': '2', 'evaluate.py': '3' };
  const namesOf = ({ document }: Built) => blocks(document, 'google_storage_bucket_object').map(({ name }) => name);

  test('is named by its content, below the pipeline’s prefix, and never taken away', () => {
    const objects = blocks(base.document, 'google_storage_bucket_object');
    const names = objects.map(({ name }) =>
      name.replace(base.training.codeVersion, 'CODE').replace(/[0-9a-f]{64}/, 'HASH'),
    );
    expect(names.sort()).toEqual([
      'training/flights/pipeline/HASH.json',
      'training/flights/source/CODE.tgz',
      'training/flights/source/HASH.pyz',
    ]);
    for (const { bucket, deletion_policy } of objects) {
      expect([settled(base.document, bucket), deletion_policy]).toEqual([BUCKET, 'ABANDON']);
    }
  });

  test('is an archive with scripts, contract and serving program, and the step program by its own hash', () => {
    const { document, folder } = base;
    const names: string[] = [];
    const file = path.join(folder, objectOf(document, 'application/gzip').source);
    tar.list({ file, sync: true, onReadEntry: (entry) => names.push(entry.path) });
    expect(names).toEqual([
      'cdk_mlops_serve.pyz',
      'evaluate.py',
      'inference.py',
      'mlops.json',
      'preprocess.py',
      'train.py',
    ]);
    const program = readFileSync(path.join(folder, objectOf(document, 'application/zip').source));
    expect(program.equals(readFileSync('dist/runtime/google/cdk_mlops_step.pyz'))).toBe(true);
    const hash = createHash('sha256').update(program).digest('hex');
    expect(objectOf(document, 'application/zip').name).toBe(`training/flights/source/${hash}.pyz`);
  });

  test('keeps its names wherever and whenever it is made', () => {
    const [one, two] = [build({ source: folderWith(SCRIPTS) }), build({ source: folderWith(SCRIPTS) })];
    expect(namesOf(one)).toEqual(namesOf(two));
    const files = [one, two].map(({ document, folder }) =>
      readFileSync(path.join(folder, objectOf(document, 'application/gzip').source)),
    );
    expect(files[0].equals(files[1])).toBe(true);
  });

  test.each<[string, Overrides, string[]]>([
    ['a script', { source: folderWith({ ...SCRIPTS, 'train.py': '2!' }) }, ['json', 'tgz']],
    ['a path', { source: folderWith({ ...SCRIPTS, 'lib/x.py': '' }) }, ['json', 'tgz']],
    ['the contract', { data: { ...PROPS.data, label: { name: 'late', type: 'categorical' } } }, ['json', 'tgz']],
    ['a hyperparameter', { hyperparameters: { depth: 3 } }, ['json']],
    ['the schedule', { schedule: { cron: '0 5 * * *' } }, []],
  ])('has another name when %s changes', (_what, overrides, changed) => {
    const before = namesOf(build({ source: folderWith(SCRIPTS) }));
    const after = namesOf(build({ source: folderWith(SCRIPTS), ...overrides }));
    const others = after.filter((name) => !before.includes(name));
    expect(others.map((name) => name.split('.').at(-1)).sort()).toEqual(changed);
  });

  test('names every missing script at once, and a folder that is not there', () => {
    refused({ source: folderWith({ 'preprocess.py': '' }) }).toThrow(
      /training\.entryPoint: no file train\.py .*\ntraining\.evaluation\.entryPoint: no file evaluate\.py/,
    );
    refused({ source: folderWith({ 'preprocess.py': '' }) }).toThrow(ConstructError);
    refused({ source: '/nowhere' }).toThrow(/training\.source: no folder \/nowhere; name the folder/);
    refused({ source: folderWith({ ...SCRIPTS, 'cdk_mlops_serve.pyz': '' }) }).toThrow('is the library');
  });
});

describe('the definition', () => {
  test('speaks of what stands in the stack, by its settled names', () => {
    const definition = definitionOf(base.document);
    expect(definition.pipelineInfo).toEqual({ name: 'flights' });
    const program = objectOf(base.document, 'application/zip').name;
    const archive = objectOf(base.document, 'application/gzip').name;
    const { encryption_spec, job_spec } = jobOf(base.document, 'train');
    const [{ container_spec }] = job_spec.worker_pool_specs;
    expect(container_spec.command).toEqual(['python3', `/gcs/${BUCKET}/${program}`]);
    expect(container_spec.args.slice(0, 3)).toEqual(['train', '--source', `gs://${BUCKET}/${archive}`]);
    expect(job_spec.service_account).toBe('flights-training');
    expect(encryption_spec).toEqual({ kms_key_name: 'data' });
    const register = definition.deploymentSpec.executors['exec-register'].container.args.join(' ');
    expect(register).toContain(`--code-version ${base.training.codeVersion} `);
    expect(register).toContain('--model-id flights ');
  });

  test('is named by the hash of what it says, with references as Terraform writes them', () => {
    const { content, name } = objectOf(base.document, 'application/json');
    const said = content.replaceAll('$${', '${').replaceAll('%%{', '%{');
    expect(name).toContain(createHash('sha256').update(said).digest('hex'));
  });

  test('keeps text as it is that Terraform would read as an expression', () => {
    const hyperparameters = { template: '${path.module} %{ if true } $${x}' };
    const { document } = build({ hyperparameters, serving: { environment: { GREETING: '${var.name}%{x}' } } });
    const { args } = jobOf(document, 'train').job_spec.worker_pool_specs[0].container_spec;
    expect(args.slice(-2)).toEqual(['--template', hyperparameters.template]);
    const register = definitionOf(document).deploymentSpec.executors['exec-register'].container.args;
    expect(register[register.indexOf('--environment') + 1]).toBe('{"GREETING":"${var.name}%{x}"}');
    expect(objectOf(document, 'application/json').content).not.toMatch(/(?<!\$)\$\{(path|var)|(?<!%)%\{/);
  });

  test('is refused where a workflow could not pass it on', () => {
    const hyperparameters = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`h${i}`, 'x'.repeat(2400)]));
    refused({ hyperparameters }).toThrow(
      /the pipeline's definition has \d+ bytes, allowed: 102400, .*; shorten hyperparameters and environment \(at Stack\/Training\)/,
    );
  });
});

describe('the workflow', () => {
  test('is told what differs between pipelines', () => {
    const { document } = base;
    const environment = Object.entries(environmentOf(document)).map(([name, value]) => [
      name,
      settled(document, value),
    ]);
    expect(Object.fromEntries(environment)).toEqual({
      AUTOMATIC_APPROVAL: 'false',
      CACHE_DAYS: '30',
      KMS_KEY: 'data',
      MODEL_ID: 'flights',
      PIPELINE_BUCKET: BUCKET,
      PIPELINE_NAME: 'flights',
      PIPELINE_OBJECT: objectOf(document, 'application/json').name,
      PIPELINE_ROOT: `gs://${BUCKET}/training/flights/executions/`,
      POLL_SECONDS: '30',
      PROJECT: 'acme-ml',
      REGION: 'europe-west4',
      SERVICE_ACCOUNT: 'flights-training',
      TIMEOUT_SECONDS: String((3 * 1440 + 60) * 60),
    });
  });

  test('runs as an account of its own, is encrypted, goes without resistance, and waits for the key', () => {
    const workflow = block(base.document, 'google_workflows_workflow');
    expect(workflow).toMatchObject({ ...AT, name: 'flights', deletion_protection: false });
    expect(settled(base.document, workflow.service_account)).toBe('flights-workflow');
    expect(settled(base.document, workflow.crypto_key_name)).toBe('data');
    expect(workflow.depends_on).toEqual([
      expect.stringContaining('Allow-workflows'),
      expect.stringContaining('Allow-vertexAi'),
    ]);
    expect(base.training.workflowName).toContain('TfToken');
  });

  test('has a source that Terraform passes on unread', () => {
    const { source_contents } = block(base.document, 'google_workflows_workflow');
    expect(source_contents).not.toMatch(/(?<!\$)\$\{/);
    expect(Object.keys(JSON.parse(source_contents))).toContain('main');
  });
});

describe('the schedule', () => {
  const { document, training } = build({ schedule: { cron: '30 3 * * 7' } });

  test('starts the workflow by cron in UTC, as an account that may do nothing else', () => {
    const job = block(document, 'google_cloud_scheduler_job');
    expect(job).toMatchObject({ ...AT, name: 'flights', schedule: '30 3 * * 0', time_zone: 'Etc/UTC' });
    const { http_method, uri, body, oauth_token } = job.http_target;
    expect([http_method, Buffer.from(body, 'base64').toString()]).toEqual(['POST', '{"argument":"{}"}']);
    expect(uri).toMatch(
      /^https:\/\/workflowexecutions\.googleapis\.com\/v1\/\$\{google_workflows_workflow\.\w+\.id\}\/executions$/,
    );
    expect(settled(document, oauth_token.service_account_email)).toBe('flights-scheduler');
    expect(rightsOf(document, 'flights-scheduler')).toEqual(['flights.start on project acme-ml']);
    expect(permissionsOf(document, 'flights.start')).toEqual(START);
    expect(job.depends_on).toEqual([expect.stringMatching(/^google_project_iam_member\./)]);
    expect(training.schedule).toBeDefined();
  });

  test('is none when there is none, nor its account and rights', () => {
    expect(base.training.schedule).toBeUndefined();
    expect(blocks(base.document, 'google_cloud_scheduler_job')).toEqual([]);
    const accounts = blocks(base.document, 'google_service_account').map(({ account_id }) => account_id);
    expect(accounts.sort()).toEqual(['flights-training', 'flights-workflow']);
    expect(grantsOf(base.document).filter(({ role }) => role === 'flights.start')).toEqual([]);
  });
});

describe('rights', () => {
  test('of the jobs: they read data, write below the prefix, start jobs as themselves and register', () => {
    expect(rightsOf(base.document, 'flights-training')).toEqual([
      'flights.jobs on project acme-ml',
      'flights.register on project acme-ml',
      'roles/iam.serviceAccountUser on service_account flights-training',
      'roles/logging.logWriter on project acme-ml',
      'roles/storage.objectUser on storage_bucket acme-ml-flights-artifacts/training/flights/checkpoints/',
      'roles/storage.objectUser on storage_bucket acme-ml-flights-artifacts/training/flights/data/',
      'roles/storage.objectUser on storage_bucket acme-ml-flights-artifacts/training/flights/executions/',
      'roles/storage.objectViewer on storage_bucket acme-ml-flights-artifacts/training/flights/',
      'roles/storage.objectViewer on storage_bucket acme/flights/train/',
    ]);
    expect(
      permissionsOf(base.document, 'flights.jobs').filter(
        (of) => !/\.(artifacts|contexts|executions|metadata\w+)\./.test(of),
      ),
    ).toEqual([
      'aiplatform.customJobs.cancel',
      'aiplatform.customJobs.create',
      'aiplatform.customJobs.get',
      'aiplatform.customJobs.list',
      'aiplatform.pipelineJobs.get',
    ]);
  });

  test('of the workflow: it reads the definition, starts jobs as the jobs’ account, looks versions up', () => {
    expect(rightsOf(base.document, 'flights-workflow')).toEqual([
      'flights.read on project acme-ml',
      'flights.workflow on project acme-ml',
      'roles/iam.serviceAccountUser on service_account flights-training',
      'roles/logging.logWriter on project acme-ml',
      'roles/storage.objectViewer on storage_bucket acme-ml-flights-artifacts/training/flights/pipeline/',
    ]);
    expect(permissionsOf(base.document, 'flights.workflow')).toEqual([
      'aiplatform.metadataStores.get',
      'aiplatform.pipelineJobs.cancel',
      'aiplatform.pipelineJobs.create',
      'aiplatform.pipelineJobs.get',
    ]);
  });

  test('to approve are the workflow’s, and only where that is automatic; then nobody lowers the gate', () => {
    const { document } = build({ automaticApproval: true });
    const approving = (of: TerraformDocument) =>
      grantsOf(of).filter(({ permissions }) => permissions.includes('aiplatform.models.update'));
    expect(approving(base.document)).toEqual([]);
    expect(approving(document).map(({ who }) => who)).toEqual(['flights-workflow']);
    expect(environmentOf(document).AUTOMATIC_APPROVAL).toBe('true');
    const parameters = (of: TerraformDocument) => Object.keys(definitionOf(of).root.inputDefinitions.parameters);
    expect(parameters(base.document)).toContain('evaluation_threshold');
    expect(parameters(document)).not.toContain('evaluation_threshold');
  });

  test('of an own account: it gets those of the jobs, and is the one that they run as', () => {
    const { document, training } = build({}, (stack) => ({
      serviceAccount: ServiceAccount.fromServiceAccountAttributes(stack, 'Own', {
        email: 'own@acme-ml.iam.gserviceaccount.com',
        project: 'acme-ml',
      }),
    }));
    const own = 'serviceAccount:own@acme-ml.iam.gserviceaccount.com';
    const user = 'roles/iam.serviceAccountUser on service_account';
    const account = 'projects/acme-ml/serviceAccounts/own@acme-ml.iam.gserviceaccount.com';
    expect(rightsOf(document, own)).toEqual(
      rightsOf(base.document, 'flights-training').map((right) =>
        right.replace(/^(.* service_account) .*/, `$1 ${account}`),
      ),
    );
    expect(rightsOf(document, 'flights-workflow')).toContain(`${user} ${account}`);
    expect(training.serviceAccount.email).toBe('own@acme-ml.iam.gserviceaccount.com');
    expect(environmentOf(document).SERVICE_ACCOUNT).toBe('own@acme-ml.iam.gserviceaccount.com');
    expect(jobOf(document, 'evaluate').job_spec.service_account).toBe('own@acme-ml.iam.gserviceaccount.com');
    expect(blocks(document, 'google_service_account').map(({ account_id }) => account_id)).toEqual([
      'flights-workflow',
    ]);
  });

  test('to start can be given to others, once each', () => {
    const { document } = build({ schedule: { cron: '0 3 * * *' } }, () => ({}));
    const granted = synthesize((stack) => {
      const training = add(stack);
      expect(training.grantStart(ANN)).toBe(training.grantStart(ANN));
    });
    expect(rightsOf(granted, ANN)).toEqual(['flights.start on project acme-ml']);
    expect(rightsOf(document, ANN)).toEqual([]);
  });
});

describe('data', () => {
  const dataRights = (data: TrainingPipelineProps['data'], references?: References) =>
    rightsOf(build({ data }, references).document, 'flights-training').filter((right) =>
      /(objectViewer on storage_bucket acme\/|dataViewer)/.test(right),
    );

  test.each([
    ['gs://acme', 'acme/'],
    ['gs://acme/', 'acme/'],
    ['gs://acme/train', 'acme/train'],
    ['gs://acme/a/b=1/', 'acme/a/b=1/'],
  ])('in %s is read as %s', (training, place) => {
    expect(dataRights({ training })).toEqual([`roles/storage.objectViewer on storage_bucket ${place}`]);
  });

  test('of others is theirs to open: then nothing is bound to it', () => {
    const data = { training: 'gs://acme/a/', validation: 'bq://acme-data.flights.validation' };
    expect(dataRights(data)).toHaveLength(2);
    const { document } = build({ data, grantDataAccess: false });
    expect(blocks(document, 'google_bigquery_table_iam_member')).toEqual([]);
    expect(blocks(document, 'google_storage_bucket_iam_member').filter(({ bucket }) => bucket === 'acme')).toEqual([]);
  });

  test('at two locations in one bucket is two grants, at one location named twice one', () => {
    expect(dataRights({ training: 'gs://acme/a/', validation: 'gs://acme/b/', test: 'gs://acme/a/' })).toEqual([
      'roles/storage.objectViewer on storage_bucket acme/a/',
      'roles/storage.objectViewer on storage_bucket acme/b/',
    ]);
  });

  test('in places with quotes, backslashes and signs of Terraform is read there and nowhere else', () => {
    const { document } = build({ data: { training: 'gs://acme/a"b\\c/${x}%{y}/' } });
    const [{ condition }] = blocks(document, 'google_storage_bucket_iam_member').filter(
      ({ bucket }) => bucket === 'acme',
    );
    expect(condition.expression.split(' || ')).toContain(
      'resource.name.startsWith("projects/_/buckets/acme/objects/a\\"b\\\\c/$${x}%%{y}/")',
    );
  });

  test('in tables is read there, once each, and exported by jobs of BigQuery', () => {
    const training = 'bq://acme-data.flights.train';
    const validation = 'bq://acme-data.flights.validation';
    const { document } = build({ data: { training, validation, test: validation } });
    const members = blocks(document, 'google_bigquery_table_iam_member');
    expect(members.map(({ project, dataset_id, table_id, role }) => [project, dataset_id, table_id, role])).toEqual([
      ['acme-data', 'flights', 'train', 'roles/bigquery.dataViewer'],
      ['acme-data', 'flights', 'validation', 'roles/bigquery.dataViewer'],
    ]);
    expect(permissionsOf(document, 'flights.jobs')).toContain('bigquery.jobs.create');
    expect(permissionsOf(base.document, 'flights.jobs')).not.toContain('bigquery.jobs.create');
    expect(definitionOf(document).root.inputDefinitions.parameters.training_data.defaultValue).toBe(training);
  });

  const bucket = (stack: TerraformStack) =>
    new GoogleResource(stack, 'Data', 'google_storage_bucket', { name: 'acme', location: 'EU', project: 'acme-ml' });

  test('in a bucket of the stack is read there', () => {
    const references: References = (stack) => ({
      data: { training: `gs://${bucket(stack).attribute('name')}/train/`, validation: 'gs://acme/validation/' },
    });
    expect(dataRights({}, references)).toEqual([
      'roles/storage.objectViewer on storage_bucket acme/train/',
      'roles/storage.objectViewer on storage_bucket acme/validation/',
    ]);
  });

  test('at an address that only Terraform knows is read in its bucket, which is cut out of it', () => {
    const { document } = build({}, (stack) => ({ data: { training: bucket(stack).attribute('url') } }));
    const members = blocks(document, 'google_storage_bucket_iam_member').filter(({ condition }) => !condition);
    expect(members.map(({ bucket: name, role }) => [name.replace(/Data_?\w*/, 'Data'), role])).toEqual([
      ['${element(split("/", google_storage_bucket.Data.url), 2)}', 'roles/storage.objectViewer'],
    ]);
  });

  test('in a table of which Terraform knows a part is read there', () => {
    const { document } = build({}, (stack) => {
      const dataset = { dataset_id: 'flights', project: 'acme-ml', location: 'EU' };
      const data = new GoogleResource(stack, 'Data', 'google_bigquery_dataset', dataset);
      const table = `bq://${data.attribute('project')}.${data.attribute('dataset_id')}.train`;
      return { data: { training: table } };
    });
    const { project, dataset_id, table_id } = block(document, 'google_bigquery_table_iam_member');
    expect([project, dataset_id, table_id].map((text) => text.replace(/Data_?\w*\./, 'Data.'))).toEqual([
      '${google_bigquery_dataset.Data.project}',
      '${google_bigquery_dataset.Data.dataset_id}',
      'train',
    ]);
  });

  test('named under google goes before the neutral location', () => {
    const google = { ...GOOGLE, trainingData: 'gs://own/train/' };
    const { document } = build({ google, data: { training: 's3://acme/train/' } });
    expect(rightsOf(document, 'flights-training')).toContain('roles/storage.objectViewer on storage_bucket own/train/');
    expect(JSON.stringify(document)).not.toContain('s3://');
  });
});

describe('images and machines', () => {
  const imageOf = ({ document }: Built) =>
    jobOf(document, 'train').job_spec.worker_pool_specs[0].container_spec.image_uri;
  const servingImageOf = ({ document }: Built) => {
    const { args } = definitionOf(document).deploymentSpec.executors['exec-register'].container;
    return args[args.indexOf('--image') + 1];
  };

  test('are Google’s, near the region', () => {
    expect(imageOf(base)).toBe('europe-docker.pkg.dev/vertex-ai/training/xgboost-cpu.2-1:latest');
    expect(servingImageOf(base)).toBe('europe-docker.pkg.dev/vertex-ai/prediction/xgboost-cpu.2-1:latest');
  });

  test('are own ones where given, tokens too', () => {
    const image = 'europe-west4-docker.pkg.dev/acme-ml/own/image:1';
    const own = build({ framework: undefined, image });
    expect([imageOf(own), servingImageOf(own)]).toEqual([image, image]);
    const apart = build({ google: { ...GOOGLE, trainingImage: `${image}-train`, servingImage: `${image}-serve` } });
    expect([imageOf(apart), servingImageOf(apart)]).toEqual([`${image}-train`, `${image}-serve`]);
    const known = build({ framework: undefined }, (stack) => {
      const topic = new GoogleResource(stack, 'Known', 'google_pubsub_topic', { name: 'later', project: 'acme-ml' });
      return { image: `europe-west4-docker.pkg.dev/${topic.attribute('project')}/own/image:1` };
    });
    expect(imageOf(known)).toBe('europe-west4-docker.pkg.dev/later/own/image:1');
  });

  test('stand in the job with disk, time limit and spare capacity', () => {
    const { document } = build({ spot: true, volumeGb: 200, maxRuntimeMinutes: 90, compute: 'large' });
    const { scheduling, worker_pool_specs } = jobOf(document, 'train').job_spec;
    expect(scheduling).toEqual({ timeout: '5400s', strategy: 'SPOT' });
    expect(worker_pool_specs[0].machine_spec).toEqual({ machine_type: 'n2-standard-16' });
    expect(worker_pool_specs[0].disk_spec.boot_disk_size_gb).toBe(200);
    expect(environmentOf(document).TIMEOUT_SECONDS).toBe(String((3 * 90 + 60) * 60));
  });
});

describe('a network', () => {
  test('is peered with the jobs, and with the pipeline', () => {
    const { document } = build({ network: NETWORK });
    for (const step of ['preprocess', 'train', 'evaluate']) {
      expect(jobOf(document, step).job_spec.network, step).toBe(NETWORK);
    }
    expect(environmentOf(document)).toMatchObject({ NETWORK });
    expect(environmentOf(document)).not.toHaveProperty('NETWORK_ATTACHMENT');
  });

  test('is reached through an attachment', () => {
    const { document } = build({ networkAttachment: ATTACHMENT });
    const { network, psc_interface_config } = jobOf(document, 'train').job_spec;
    expect([network, psc_interface_config]).toEqual([undefined, { network_attachment: ATTACHMENT }]);
    expect(environmentOf(document)).toMatchObject({ NETWORK_ATTACHMENT: ATTACHMENT });
    expect(environmentOf(document)).not.toHaveProperty('NETWORK');
  });

  test('is none by default', () => {
    expect(JSON.stringify(definitionOf(base.document))).not.toMatch(/network|psc_interface/);
  });

  test.each<[string, Overrides, string]>([
    [
      'both',
      { network: NETWORK, networkAttachment: ATTACHMENT },
      'network and networkAttachment are both given, allowed: one of them (at Stack/Training)',
    ],
    [
      'a network by the project’s id',
      { network: 'projects/acme-ml/global/networks/ml' },
      'network: got "projects/acme-ml/global/networks/ml", allowed: projects/NUMBER/global/networks/NAME',
    ],
    [
      'an attachment by its name',
      { networkAttachment: 'ml' },
      'networkAttachment: got "ml", allowed: projects/PROJECT/',
    ],
  ])('is refused: %s', (_what, overrides, message) => {
    refused(overrides).toThrow(message);
    refused(overrides).toThrow(ConstructError);
  });
});

describe('alerts', () => {
  const policies = (overrides: Overrides) => blocks(build(overrides).document, 'google_monitoring_alert_policy');

  test('tell of failed trainings, the gate’s refusals among them', () => {
    const [policy, ...others] = policies({ notificationChannels: [CHANNEL] });
    expect(others).toEqual([]);
    expect(policy.display_name).toBe('flights: a training failed, or the gate refused its model');
    expect(policy.notification_channels).toEqual([CHANNEL]);
    const [{ condition_threshold }] = policy.conditions;
    expect(condition_threshold).toMatchObject({ comparison: 'COMPARISON_GT', threshold_value: 0 });
    for (const part of ['"workflows.googleapis.com/finished_execution_count"', 'workflow_id="flights"', '"FAILED"']) {
      expect(condition_threshold.filter).toContain(part);
    }
  });

  test('tell of schedules that could start none, where there is a schedule', () => {
    const [, missed] = policies({ schedule: { cron: '0 3 * * *' } });
    const [{ condition_matched_log }] = missed.conditions;
    expect(condition_matched_log.filter).toBe(
      'resource.type="cloud_scheduler_job" AND resource.labels.job_id="flights" AND severity>=ERROR',
    );
  });

  test('can be switched off', () => {
    const { document, training } = build({ failureAlarms: false, schedule: { cron: '0 3 * * *' } });
    expect([blocks(document, 'google_monitoring_alert_policy'), training.alerts]).toEqual([[], []]);
    expect(build({ schedule: { cron: '0 3 * * *' } }).training.alerts).toHaveLength(2);
  });

  test('are refused with more channels than a policy takes', () => {
    refused({ notificationChannels: Array(17).fill(CHANNEL) }).toThrow(
      'notification channels: got 17, allowed for an alert policy: 16; give the address of a group',
    );
    expect(policies({ notificationChannels: Array(16).fill(CHANNEL) })).toHaveLength(1);
  });
});

describe('a given key', () => {
  test('encrypts workflow, jobs and versions, and is nobody’s to grant here', () => {
    const { document } = build({}, (stack) => ({ encryptionKey: EncryptionKey.fromKeyName(stack, 'Own', KEY_NAME) }));
    const workflow = block(document, 'google_workflows_workflow');
    expect([workflow.crypto_key_name, workflow.depends_on]).toEqual([KEY_NAME, []]);
    expect(environmentOf(document).KMS_KEY).toBe(KEY_NAME);
    for (const step of ['preprocess', 'train', 'evaluate']) {
      expect(jobOf(document, step).encryption_spec, step).toEqual({ kms_key_name: KEY_NAME });
    }
    const register = definitionOf(document).deploymentSpec.executors['exec-register'].container.args;
    expect(register[register.indexOf('--kms-key') + 1]).toBe(KEY_NAME);
  });

  test('of another region is refused', () => {
    const elsewhere = KEY_NAME.replace('europe-west4', 'us-central1');
    refused({}, (stack) => ({ encryptionKey: EncryptionKey.fromKeyName(stack, 'Own', elsewhere) })).toThrow(
      'encryptionKey: is in us-central1, but encrypts what is in europe-west4; give a key there (at Stack/Own)',
    );
  });

  test('of another project lets the agents of the pipeline’s project use it', () => {
    const { document } = build({}, (stack) => ({
      encryptionKey: new EncryptionKey(stack, 'Own', {
        ...{ name: 'central', project: 'acme-kms', projectNumber: '999999999999' },
        region: 'europe-west4',
      }),
    }));
    const [ring] = addresses(document).filter((address) => /crypto_key\.Own/.test(address));
    const members = blocks(document, 'google_kms_crypto_key_iam_member')
      .filter(({ crypto_key_id }) => crypto_key_id === `\${${ring}.id}`)
      .map(({ member }) => member);
    expect(members).toEqual([
      'serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com',
      'serviceAccount:service-123456789012@gcp-sa-workflows.iam.gserviceaccount.com',
    ]);
  });
});

describe('a pipeline that stands already', () => {
  test('is known by its names, and can be started', () => {
    const document = synthesize((stack) => {
      const attributes = { pipelineName: 'flights', ...AT };
      const pipeline = TrainingPipeline.fromTrainingPipelineAttributes(stack, 'Existing', attributes);
      expect(pipeline.workflowName).toBe('projects/acme-ml/locations/europe-west4/workflows/flights');
      expect(pipeline.jobIdPrefix).toBe(base.training.jobIdPrefix);
      pipeline.grantStart(ANN);
    });
    expect(schemaProblems(document)).toEqual([]);
    const { role_id, permissions } = block(document, 'google_project_iam_custom_role');
    expect(permissions).toEqual(START);
    // The stack that made the pipeline has, or may have, the role flights.start.
    expect(role_id).toMatch(/^flights_[0-9a-f]{8}\.start$/);
    expect(rightsOf(document, ANN)).toEqual([`${role_id} on project acme-ml`]);
  });
});

describe('mistakes are told', () => {
  test.each(['Flights', 'a_b', '1a', 'a-', '', 'x'.repeat(64)])('a pipeline called "%s"', (pipelineName) => {
    refused({ pipelineName }).toThrow(`pipelineName: got "${pipelineName}", allowed: 1 to 63 lower-case letters`);
    refused({ pipelineName }).toThrow(ConstructError);
  });

  test('names at the ends of what is allowed are not', () => {
    for (const pipelineName of ['a', `a${'b'.repeat(62)}`]) {
      const { document } = build({ pipelineName, schedule: { cron: '0 3 * * *' } });
      for (const { account_id } of blocks(document, 'google_service_account')) {
        expect(account_id).toMatch(/^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/);
      }
      for (const { role_id } of blocks(document, 'google_project_iam_custom_role')) {
        expect(role_id).toMatch(/^[a-zA-Z0-9_.]{3,64}$/);
      }
    }
  });

  test('one name twice in a stack', () => {
    const twice = (stack: TerraformStack) => {
      const first = add(stack);
      const registry = ModelRegistry.fromModelId(stack, 'Other', { ...AT, modelId: 'other' });
      const artifacts = ArtifactStore.fromBucketName(stack, 'Bucket', 'own');
      const encryptionKey = EncryptionKey.fromKeyName(stack, 'Own', KEY_NAME);
      expect(first.node.id).toBe('Training');
      new TrainingPipeline(stack, 'Again', { ...PROPS, registry, artifacts, encryptionKey });
    };
    expect(() => synthesizeFolder(twice)).toThrow(
      'pipelineName: "flights" stands twice in stack Stack; give each a name of its own (at Stack/Again)',
    );
  });

  test('a registry of another project or region: the jobs register in their own', () => {
    const elsewhere = (place: object): References => {
      return (stack) => ({ registry: ModelRegistry.fromModelId(stack, 'Shared', { ...AT, modelId: 'x', ...place }) });
    };
    refused({}, elsewhere({ project: 'other-ml' })).toThrow(
      'registry: is in projects/other-ml/locations/europe-west4, but a pipeline registers in its own project and region, projects/acme-ml/locations/europe-west4; give a registry there (at Stack/Training)',
    );
    refused({}, elsewhere({ region: 'us-central1' })).toThrow(ConstructError);
    expect(environmentOf(build({}, elsewhere({})).document).MODEL_ID).toBe('x');
  });

  test('a gate without a metric, and whatever else is wrong, all at once and by its key', () => {
    const overrides = {
      evaluation: { entryPoint: 'evaluate.py', threshold: NaN },
      compute: 'huge',
      volumeGb: 0,
    } as unknown as Overrides;
    refused(overrides).toThrow(
      /props\.evaluation\.metric: missing[\s\S]*props\.evaluation\.threshold: got NaN[\s\S]*props\.compute: got "huge"[\s\S]*props\.volumeGb: got 0/,
    );
  });

  test('no data, data on another cloud, a version without an image', () => {
    refused({ data: {} }).toThrow(/data\.training/);
    refused({ data: { training: 's3://acme/train/' } }).toThrow(
      'data.training: got "s3://acme/train/", allowed on Google Cloud: gs://bucket/prefix',
    );
    refused({ framework: { name: 'xgboost', version: '1.7' } }).toThrow(/got "1\.7", which has no training image/);
  });
});
