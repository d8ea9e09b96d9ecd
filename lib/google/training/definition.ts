import type { TrainingPlan } from '../../plan/training-plan';
import { decisionComponents, decisionTask } from './branches';
import { channelsOf, evaluate, preprocess, train } from './job-steps';
import type { Channel } from './job-steps';
import type { ParameterSpec, PipelineSpec } from './pipeline-spec';
import { gate } from './registration-steps';
import { AT_TOP, componentName, executorName, stepComponent, stepTask } from './render';
import type { StepResources } from './resources';
import { SERVICE_RETRY } from './retries';
import type { Step } from './step';
import { inputParameter, JOB_NAME, outputFile, outputPath, repeated } from './step';
import { stepProgram } from './step-program';

/** The compiler whose output this equals. Vertex AI reads specifications by it. */
const COMPILER = 'kfp-2.16.1';

/** The pipeline's parameter for each channel of data. */
const DATA_PARAMETERS: Record<Channel, string> = {
  train: 'training_data',
  validation: 'validation_data',
  test: 'test_data',
};

/** The definition of a training pipeline. Pure. */
export function trainingDefinition(plan: TrainingPlan, resources: StepResources): PipelineSpec {
  const steps = [
    dataManifest(plan, resources),
    ...(plan.preprocess ? [preprocess(plan, resources)] : []),
    train(plan, resources),
    evaluate(plan, resources),
  ];
  const decision = gate(plan, resources);
  const every = [...steps, ...decision.branches.flatMap((branch) => branch.steps)];
  return {
    pipelineInfo: { name: resources.pipelineName },
    schemaVersion: '2.1.0',
    sdkVersion: COMPILER,
    root: {
      dag: { tasks: { ...byName(steps, (step) => stepTask(step, AT_TOP)), [decision.name]: decisionTask(decision) } },
      inputDefinitions: { parameters: parameters(plan, resources) },
    },
    components: { ...byName(every, stepComponent, componentName), ...decisionComponents(decision) },
    deploymentSpec: { executors: byName(every, ({ container }) => ({ container }), executorName) },
  };
}

function byName<T>(
  steps: readonly Step[],
  of: (step: Step) => T,
  name: (step: string) => string = (step) => step,
): Record<string, T> {
  return Object.fromEntries(steps.map((step) => [name(step.name), of(step)]));
}

/** What whoever starts an execution may choose. The cache key is the workflow's: it changes when results expire. */
function parameters(
  { gate: { threshold }, steps }: TrainingPlan,
  resources: StepResources,
): Record<string, ParameterSpec> {
  const { data } = resources;
  const locations = { train: data.training, validation: data.validation, test: data.test };
  return {
    ...Object.fromEntries(
      channelsOf(resources).map((channel) => [DATA_PARAMETERS[channel], optional('STRING', locations[channel]!)]),
    ),
    ...(steps.includes('approve') ? {} : { evaluation_threshold: optional('NUMBER_DOUBLE', threshold) }),
    cache_key: optional('STRING', ''),
  };
}

function optional(parameterType: ParameterSpec['parameterType'], defaultValue: string | number): ParameterSpec {
  return { parameterType, defaultValue, isOptional: true };
}

/** Records which files and tables this execution reads, and copies tables to files. Its hash is the data version; never cached. */
function dataManifest(plan: TrainingPlan, resources: StepResources): Step {
  const { project, region, source, stagingUri, trainingImage } = resources;
  const channels = channelsOf(resources);
  const args = [
    ...['--job', JOB_NAME],
    ...repeated('--data', Object.fromEntries(channels.map((name) => [name, inputParameter(DATA_PARAMETERS[name])]))),
    ...['--format', plan.contract.format],
    ...['--project', project],
    ...['--region', region],
    ...['--staging-uri', stagingUri],
    ...['--code-version', source.codeVersion],
    ...['--code-uri', source.uri],
    ...['--image', trainingImage],
    ...['--hyperparameters', JSON.stringify(plan.hyperparameters)],
    ...['--manifest-path', `${outputPath('manifest')}/manifest.jsonl`],
    ...['--lineage-path', `${outputPath('execution')}/lineage.json`],
    ...repeated(
      '--output-parameter',
      Object.fromEntries(['sha256', ...channels].map((name) => [name, outputFile(name)])),
    ),
  ];
  const names = channels.map((channel) => DATA_PARAMETERS[channel]);
  return {
    name: 'data-manifest',
    inputs: {
      parameters: Object.fromEntries(
        names.map((name) => [name, { type: 'STRING' as const, from: { parameter: name } }]),
      ),
    },
    outputs: {
      parameters: Object.fromEntries(['sha256', ...channels].map((name) => [name, 'STRING' as const])),
      artifacts: { manifest: 'system.Artifact', execution: 'system.Artifact' },
    },
    container: stepProgram('data-manifest', args, resources),
    cached: false,
    retry: SERVICE_RETRY,
  };
}
