import { expect, test } from 'vitest';
import { terraformText } from '../../../lib/google/terraform-text';
import { trainingDefinition } from '../../../lib/google/training/definition';
import type { PipelineSpec, TaskSpec } from '../../../lib/google/training/pipeline-spec';
import type { StepResources } from '../../../lib/google/training/resources';
import { planOf, RESOURCES } from './plans';
import type { Sections } from './plans';

// That a definition is what the Kubeflow SDK compiles is judged in test/oracle/google.

function define(changes: Sections = {}, resources: Partial<StepResources> = {}): PipelineSpec {
  return trainingDefinition(planOf(changes).plan, { ...RESOURCES, ...resources });
}

const tasksOf = (definition: PipelineSpec) => definition.root.dag!.tasks;
const argumentsOf = (definition: PipelineSpec, step: string) =>
  definition.deploymentSpec.executors[`exec-${step}`].container.args;

/** The request of a step's job. */
function jobOf(definition: PipelineSpec, step: string): any {
  const args = argumentsOf(definition, step);
  return JSON.parse(args[args.indexOf('--payload') + 1]);
}

const scriptArguments = (definition: PipelineSpec, step: string): string[] =>
  jobOf(definition, step).job_spec.worker_pool_specs[0].container_spec.args;

/** What follows an option, however often it stands there. */
const optionsOf = (args: readonly string[], option: string) => args.filter((_, i) => args[i - 1] === option);

test('the steps stand in their order, and each waits for those that it reads from', () => {
  const waits = Object.entries(tasksOf(define())).map(([name, task]) => [name, task.dependentTasks ?? []]);
  expect(waits).toEqual([
    ['data-manifest', []],
    ['preprocess', ['data-manifest']],
    ['train', ['data-manifest', 'preprocess']],
    ['evaluate', ['data-manifest', 'preprocess', 'train']],
    ['gate', ['data-manifest', 'evaluate', 'train']],
  ]);
});

test('without preprocessing, scripts read the folders that the manifest lists', () => {
  const definition = define({ training: { preprocess: undefined } });
  expect(Object.keys(tasksOf(definition))).toEqual(['data-manifest', 'train', 'evaluate', 'gate']);
  expect(optionsOf(scriptArguments(definition, 'train'), '--input')).toEqual([
    "train={{$.inputs.parameters['train']}}",
    "validation={{$.inputs.parameters['validation']}}",
  ]);
  expect(tasksOf(definition).train.inputs?.parameters?.train).toEqual({
    taskOutputParameter: { producerTask: 'data-manifest', outputParameterKey: 'train' },
  });
});

test.each([
  [{ data: { training: 'gs://acme/train/', validation: 'gs://acme/v/' } }, 'validation'],
  [{ data: { training: 'gs://acme/train/', validation: 'gs://acme/v/', test: 'gs://acme/test/' } }, 'test'],
])('without preprocessing, evaluation reads the test data or else the validation data: %j', (resources, output) => {
  const { test: read } = tasksOf(define({ training: { preprocess: undefined } }, resources)).evaluate.inputs!
    .parameters!;
  expect(read).toEqual({ taskOutputParameter: { producerTask: 'data-manifest', outputParameterKey: output } });
});

test('training data alone: training gets one channel, and there is one parameter', () => {
  const data = { training: 'gs://acme/train/', test: 'gs://acme/test/' };
  const definition = define({ training: { preprocess: undefined } }, { data });
  expect(optionsOf(scriptArguments(definition, 'train'), '--input')).toHaveLength(1);
  expect(Object.keys(definition.root.inputDefinitions!.parameters!)).toEqual([
    'training_data',
    'test_data',
    'evaluation_threshold',
    'cache_key',
  ]);
});

test('every cached step depends on the data version and the cache key; services are always asked', () => {
  const caching = (definition: PipelineSpec) =>
    Object.entries(tasksOf(definition)).filter(([, task]) => task.cachingOptions?.enableCache);
  expect(caching(define()).map(([name]) => name)).toEqual(['preprocess', 'train', 'evaluate']);
  for (const [, task] of caching(define())) {
    expect(Object.keys(task.inputs!.parameters!)).toEqual(
      expect.arrayContaining(['data_manifest_sha256', 'cache_key']),
    );
  }
  expect(caching(define({ training: { cacheDays: 0 } }))).toEqual([]);
  expect(caching(define({ training: { spot: true } })).map(([name]) => name)).toEqual(['preprocess', 'evaluate']);
});

test('a job has the machine, the disk, the time limit, the account, the key and the network of its plan', () => {
  const network = { networkAttachment: 'projects/acme-ml/regions/europe-west4/networkAttachments/ml' };
  const accelerator = { type: 'NVIDIA_L4', count: 1 };
  const definition = define(
    { training: { volumeGb: 500, maxRuntimeMinutes: 90 } },
    { ...network, encryptionKey: 'the/key', trainingMachine: { type: 'g2-standard-4', accelerator } },
  );
  const { job_spec: job, encryption_spec: encryption } = jobOf(definition, 'train');
  expect(job).toMatchObject({
    scheduling: { timeout: '5400s', strategy: 'STANDARD' },
    service_account: RESOURCES.serviceAccount,
    psc_interface_config: { network_attachment: network.networkAttachment },
  });
  expect(encryption).toEqual({ kms_key_name: 'the/key' });
  expect(job.worker_pool_specs[0]).toMatchObject({
    machine_spec: { machine_type: 'g2-standard-4', accelerator_type: 'NVIDIA_L4', accelerator_count: 1 },
    disk_spec: { boot_disk_type: 'pd-ssd', boot_disk_size_gb: 500 },
  });
  expect(jobOf(definition, 'evaluate').job_spec.worker_pool_specs[0].machine_spec).toEqual({
    machine_type: 'n2-standard-4',
  });
});

test.each([
  ['n4-standard-4', 'hyperdisk-balanced'],
  ['a3-ultragpu-8g', 'hyperdisk-balanced'],
  ['a3-highgpu-8g', 'pd-ssd'],
  ['n2-standard-4', 'pd-ssd'],
])('%s starts from %s, of the smallest size that there is', (type, disk) => {
  const { disk_spec: spec } = jobOf(define({}, { trainingMachine: { type } }), 'train').job_spec.worker_pool_specs[0];
  expect(spec).toEqual({ boot_disk_type: disk, boot_disk_size_gb: 100 });
});

test('on spare capacity, every execution has checkpoints of its own', () => {
  const definition = define({ training: { spot: true } });
  expect(jobOf(definition, 'train').job_spec.scheduling.strategy).toBe('SPOT');
  expect(optionsOf(scriptArguments(definition, 'train'), '--checkpoints')).toEqual([
    'gs://bucket/checkpoints/{{$.pipeline_job_name}}/',
  ]);
  expect(scriptArguments(define(), 'train')).not.toContain('--checkpoints');
});

// As `sagemaker_training.mapping.to_cmd_args` of version 5.1.4 writes them.
test('hyperparameters are passed as on AWS', () => {
  const hyperparameters = { C: 0.5, penalty: 'l2', verbose: true, quiet: false, rounds: 200, text: 'say "hi"\n{}' };
  const args = scriptArguments(define({ training: { hyperparameters } }), 'train');
  expect(args.slice(args.indexOf('--') + 1)).toEqual([
    ...['-C', '0.5', '--penalty', 'l2', '--quiet', 'False', '--rounds', '200'],
    ...['--text', 'say "hi"\n{}', '--verbose', 'True'],
  ]);
});

test('the gate registers what passes, and refuses what does not', () => {
  const { components } = define();
  const tasks = components['comp-gate'].dag!.tasks;
  const passed =
    "inputs.parameter_values['pipelinechannel--evaluate-metric'] >= inputs.parameter_values['pipelinechannel--evaluation_threshold']";
  expect(tasks.passed.triggerPolicy).toEqual({ condition: passed });
  expect(tasks.refused.triggerPolicy).toEqual({ condition: `!(${passed})` });
  expect(Object.keys(components['comp-passed'].dag!.tasks)).toEqual(['register']);
  expect(Object.keys(components['comp-refused'].dag!.tasks)).toEqual(['refuse']);
});

test.each([
  [0.8, '0.8'],
  [1, '1.0'],
  [-2, '-2.0'],
  [1e-9, '1e-9'],
  [1e21, '1e+21'],
])('when versions are approved without a person, the threshold %d stands in the condition as %s', (threshold, text) => {
  const evaluation = { entryPoint: 'evaluate.py', metric: 'auc', threshold, direction: 'minimize' };
  const definition = define({ training: { evaluation }, automaticApproval: true });
  expect(definition.root.inputDefinitions!.parameters).not.toHaveProperty('evaluation_threshold');
  const { passed } = definition.components['comp-gate'].dag!.tasks;
  expect(passed.triggerPolicy!.condition).toBe(
    `inputs.parameter_values['pipelinechannel--evaluate-metric'] <= ${text}`,
  );
  const refuse: TaskSpec = definition.components['comp-refused'].dag!.tasks.refuse;
  expect(refuse.inputs!.parameters!.threshold).toEqual({ runtimeValue: { constant: threshold } });
});

test('a version is registered with how it answers', () => {
  const serving = { entryPoint: 'inference.py', environment: { LOG_LEVEL: 'debug' } };
  const args = argumentsOf(define({ serving, data: { format: 'parquet' } }, { encryptionKey: 'the/key' }), 'register');
  const one = (option: string) => optionsOf(args, option);
  expect(one('--image')).toEqual([RESOURCES.servingImage]);
  expect(one('--framework')).toEqual(['xgboost']);
  expect(one('--entry-point')).toEqual(['inference.py']);
  expect(one('--environment')).toEqual(['{"LOG_LEVEL":"debug"}']);
  expect(one('--format')).toEqual(['csv']);
  expect(one('--kms-key')).toEqual(['the/key']);
});

test('an own image has no framework, and a plan without a script registers none', () => {
  const image = 'europe-west4-docker.pkg.dev/acme-ml/images/train:1';
  const args = argumentsOf(define({ training: { framework: undefined, image } }), 'register');
  for (const option of ['--framework', '--entry-point', '--kms-key']) expect(args).not.toContain(option);
});

test('tokens of the engine stay whole, and become references', () => {
  const token = '${TfToken[TOKEN.7]}';
  const definition = define(
    { training: { hyperparameters: { text: 'costs ${5}' } } },
    { project: token, stagingUri: `gs://${token}/data/`, serviceAccount: token },
  );
  expect(jobOf(definition, 'train').job_spec.service_account).toBe(token);
  const text = terraformText(JSON.stringify(definition));
  expect(text).toContain(`gs://${token}/data/`);
  expect(text).toContain('costs $${5}');
});

test('the definition is pure: the same plan gives the same text', () => {
  expect(JSON.stringify(define())).toBe(JSON.stringify(define()));
});
