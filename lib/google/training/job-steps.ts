import type { TrainingPlan } from '../../plan/training-plan';
import type { Job } from './custom-job';
import { customJob, LAUNCHER_OUTPUT } from './custom-job';
import { hyperparameterArguments } from './hyperparameters';
import type { StepResources } from './resources';
import { JOB_RETRY } from './retries';
import type { Inputs, Step } from './step';
import {
  artifactOf,
  inputParameter,
  inputPath,
  JOB_NAME,
  mergeInputs,
  outputFile,
  outputPath,
  parameterOf,
  repeated,
} from './step';

/** Names of the data for scripts, and between steps. */
export type Channel = 'train' | 'validation' | 'test';

/** The data version makes the cache honest: same location, other files, no hit. The key lets results expire. */
const CACHED_BY: Inputs = {
  parameters: {
    data_manifest_sha256: parameterOf('data-manifest', 'sha256'),
    cache_key: { type: 'STRING', from: { parameter: 'cache_key' } },
  },
};

/** The channels that have a location. */
export function channelsOf({ data }: StepResources): Channel[] {
  const given = { train: data.training, validation: data.validation, test: data.test };
  return (['train', 'validation', 'test'] as const).filter((channel) => given[channel] !== undefined);
}

export function preprocess(plan: TrainingPlan, resources: StepResources): Step {
  const channels = channelsOf(resources);
  const data = channels.map((channel) => [`${channel}_data`, parameterOf('data-manifest', channel)]);
  const args = [
    ...scriptArguments('preprocess', plan.preprocess!, resources),
    ...repeated('--input', Object.fromEntries(channels.map((name) => [name, inputParameter(`${name}_data`)]))),
    ...repeated('--output', {
      train: outputPath('train'),
      validation: outputPath('validation'),
      test: outputPath('test'),
    }),
  ];
  return {
    name: 'preprocess',
    inputs: mergeInputs(CACHED_BY, { parameters: Object.fromEntries(data) }),
    outputs: {
      parameters: LAUNCHER_OUTPUT,
      artifacts: { train: 'system.Dataset', validation: 'system.Dataset', test: 'system.Dataset' },
    },
    container: customJob(processing('preprocess', args, plan, resources), resources),
    cached: plan.cacheDays > 0,
    retry: JOB_RETRY,
  };
}

export function train(plan: TrainingPlan, resources: StepResources): Step {
  const { checkpointsUri, trainingMachine, data } = resources;
  const channels: Channel[] = plan.preprocess || data.validation ? ['train', 'validation'] : ['train'];
  const args = [
    ...scriptArguments('train', plan.train, resources),
    ...repeated('--input', Object.fromEntries(channels.map((channel) => [channel, dataPlaceholder(plan, channel)]))),
    ...['--model', outputPath('model')],
    ...(plan.spot ? ['--checkpoints', `${checkpointsUri}${JOB_NAME}/`] : []),
    ...['--', ...hyperparameterArguments(plan.hyperparameters)],
  ];
  const job = { ...processing('train', args, plan, resources), machine: trainingMachine, spot: plan.spot };
  return {
    name: 'train',
    inputs: mergeInputs(CACHED_BY, ...channels.map((channel) => dataInput(plan, channel, channel))),
    outputs: { parameters: LAUNCHER_OUTPUT, artifacts: { model: 'system.Model' } },
    container: customJob(job, resources),
    // As on AWS: every execution on spare capacity has checkpoints of its own, and trains.
    cached: plan.cacheDays > 0 && !plan.spot,
    retry: JOB_RETRY,
  };
}

export function evaluate(plan: TrainingPlan, resources: StepResources): Step {
  const channel = plan.preprocess || resources.data.test ? 'test' : 'validation';
  const args = [
    ...scriptArguments('evaluate', plan.evaluate, resources),
    ...repeated('--input', { model: inputPath('model'), test: dataPlaceholder(plan, 'test') }),
    ...['--metric', plan.gate.metric],
    ...['--report', `${outputPath('report')}/evaluation.json`],
    ...repeated('--output-parameter', { metric: outputFile('metric') }),
  ];
  return {
    name: 'evaluate',
    inputs: mergeInputs(CACHED_BY, dataInput(plan, 'test', channel), {
      artifacts: { model: artifactOf('train', 'model', 'system.Model') },
    }),
    outputs: {
      parameters: { ...LAUNCHER_OUTPUT, metric: 'NUMBER_DOUBLE' },
      artifacts: { report: 'system.Metrics' },
    },
    container: customJob(processing('evaluate', args, plan, resources), resources),
    cached: plan.cacheDays > 0,
    retry: JOB_RETRY,
  };
}

/** What preprocessing made of a channel; without it, the folder that the data manifest lists. */
function dataInput(plan: TrainingPlan, name: string, channel: Channel): Inputs {
  return plan.preprocess
    ? { artifacts: { [name]: artifactOf('preprocess', channel, 'system.Dataset') } }
    : { parameters: { [name]: parameterOf('data-manifest', channel) } };
}

function dataPlaceholder(plan: TrainingPlan, name: string): string {
  return plan.preprocess ? inputPath(name) : inputParameter(name);
}

function scriptArguments(command: string, script: string, { source }: StepResources): string[] {
  return [
    command,
    ...['--source', source.uri],
    ...['--script', script],
    ...['--data-manifest-sha256', inputParameter('data_manifest_sha256')],
  ];
}

function processing(name: string, args: string[], plan: TrainingPlan, resources: StepResources): Job {
  const { maxRuntimeMinutes, volumeGb } = plan;
  const displayName = `${resources.pipelineName}-${name}`;
  return { displayName, args, machine: resources.processingMachine, maxRuntimeMinutes, volumeGb, spot: false };
}
