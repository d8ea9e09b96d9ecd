import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { eventBridgeCron } from '../../lib/aws/cron';
import { MlopsPipeline as AwsPipeline } from '../../lib/aws/mlops-pipeline';
import type { CapabilitiesConfig, MlopsConfig } from '../../lib/config/mlops';
import { loadFiles } from '../../lib/config/files';
import { GoogleProvider } from '../../lib/google/l1/google-resource';
import { MlopsPipeline as GooglePipeline } from '../../lib/google/mlops-pipeline';
import type { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import { capabilitiesAddedBy } from '../../lib/plan/levels';
import { synthesizeFolder } from '../google/judges';

/** The example: one file for both clouds. */
const EXAMPLE = loadFiles([path.join(__dirname, '../../examples/flight-delay/mlops.yaml')]) as unknown as MlopsConfig;

/** What a cloud makes of a config, in neutral words. */
interface Meaning {
  /** Steps of the training in their order. */
  readonly steps: readonly string[];
  readonly gate: { readonly metric: string; readonly operator: string; readonly threshold: number };
  /** Whether whoever starts a training may choose another threshold. */
  readonly gateIsParameter: boolean;
  readonly schedule?: string;
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** What a version says of where it comes from. */
  readonly lineage: readonly string[];
  readonly alarms: readonly string[];
  /** What the scripts are told of the data. */
  readonly contract: unknown;
  readonly notes: readonly string[];
  readonly featureGroups: readonly string[];
}

describe.each([0, 1, 2] as const)('at level %i', (level) => {
  const config = { ...EXAMPLE, level };

  test('both clouds mean the same', () => {
    expect(onGoogle(config)).toEqual(onAws(config));
  });

  test('every capability that is switched changes the same on both', () => {
    for (const name of capabilitiesAddedBy(2).concat(capabilitiesAddedBy(1))) {
      const capabilities: CapabilitiesConfig = { [name]: level < 2 };
      const switched = withNeeds({ ...config, capabilities });
      expect(onGoogle(switched), name).toEqual(onAws(switched));
    }
  });
});

test('so they do for another gate, another schedule, own hyperparameters and no preprocessing', () => {
  const { training } = EXAMPLE;
  const config: MlopsConfig = {
    ...EXAMPLE,
    level: 1,
    data: { ...EXAMPLE.data!, split: undefined, validation: 's3://acme/validation/' },
    google: { ...EXAMPLE.google!, validationData: 'gs://acme/validation/' },
    training: {
      ...training!,
      preprocess: undefined,
      evaluation: { entryPoint: 'evaluate.py', metric: 'logLoss', threshold: 0.25, direction: 'minimize' },
      hyperparameters: { max_depth: 3, objective: 'binary:logistic', verbose: true },
      schedule: { cron: '30 4 * * MON-FRI' },
    },
  };
  const aws = onAws(config);
  expect(aws.gate).toEqual({ metric: 'logLoss', operator: '<=', threshold: 0.25 });
  expect(aws.steps).not.toContain('preprocess');
  expect(onGoogle(config)).toEqual(aws);
});

/** Switches on what the capabilities that are on need. */
function withNeeds(config: MlopsConfig): MlopsConfig {
  const { capabilities = {}, level } = config;
  const off = level < 2 ? {} : { abTest: false, retraining: false, automaticApproval: false };
  const needs = { dataCapture: true, trainingPipeline: true, driftMonitoring: true, deployment: true };
  return {
    ...config,
    capabilities: level < 2 ? { ...needs, ...capabilities } : { ...off, ...capabilities, ...dropped(capabilities) },
  };
}

/** What cannot stand without a capability that is off. */
function dropped(capabilities: CapabilitiesConfig): CapabilitiesConfig {
  const without: CapabilitiesConfig = {};
  const dependents = { trainingPipeline: ['driftMonitoring'], dataCapture: ['driftMonitoring'] } as const;
  for (const [name, others] of Object.entries(dependents)) {
    if (capabilities[name as keyof CapabilitiesConfig] === false) {
      for (const other of others) Object.assign(without, { [other]: false });
    }
  }
  return without;
}

/** What is not built yet differs from cloud to cloud, and every synth says it. */
const ofConfig = (note: string) => !note.includes('this version builds no resources');

function onAws(config: MlopsConfig): Meaning {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Stack');
  const pipeline = new AwsPipeline(stack, 'Pipeline', { config });
  const assembly = app.synth();
  const resources = Object.values(assembly.stacks[0].template.Resources as Record<string, any>);
  const named = ({ construct }: { construct: any }) => construct.node.id as string;
  const common = {
    notes: pipeline.notes.filter(ofConfig),
    featureGroups: pipeline.featureGroups.map((construct) => named({ construct })),
    alarms: (pipeline.trainingPipeline?.alarms ?? []).map((construct) => named({ construct })),
  };
  const definition = awsDefinition(resources);
  if (!definition) return { ...common, ...NO_TRAINING };
  const step = (name: string) => definition.Steps.find(({ Name }: any) => Name === name);
  const [condition] = step('Gate').Arguments.Conditions;
  const branch = (step('Gate').Arguments.IfSteps as any[]).filter(({ Name }) => Name !== 'Baseline'); // AWS has it alone yet
  const automatic = typeof condition.RightValue === 'number';
  const threshold = definition.Parameters.find(({ Name }: any) => Name === 'EvaluationThreshold')?.DefaultValue;
  const asset = readdirSync(assembly.directory).find((name) => name.endsWith('.tgz'))!;
  return {
    ...common,
    steps: [...definition.Steps, ...branch].map(({ Name }: any) => neutral(Name)),
    gate: {
      metric: condition.LeftValue['Std:JsonGet'].Path.split('.')[1],
      operator: condition.Type === 'GreaterThanOrEqualTo' ? '>=' : '<=',
      threshold: automatic ? condition.RightValue : threshold,
    },
    gateIsParameter: !automatic,
    schedule: resources.find(({ Type }) => Type === 'AWS::Scheduler::Schedule')?.Properties.ScheduleExpression,
    hyperparameters:
      step('Train').Arguments.HyperParameters && awsHyperparameters(step('Train').Arguments.HyperParameters),
    lineage: Object.keys(branch[0].Arguments.CustomerMetadataProperties)
      .filter((key) => key !== 'baselineUri')
      .sort(),
    contract: contractIn(path.join(assembly.directory, asset)),
  };
}

const NO_TRAINING = {
  steps: [],
  gate: { metric: '', operator: '', threshold: 0 },
  gateIsParameter: false,
  hyperparameters: {},
  lineage: [],
  contract: undefined,
  schedule: undefined,
};

/** The pipeline's definition, with the template's references as words. */
function awsDefinition(resources: readonly any[]): any {
  const body = resources.find(({ Type }) => Type === 'AWS::SageMaker::Pipeline')?.Properties.PipelineDefinition
    .PipelineDefinitionBody;
  if (body === undefined) return undefined;
  const text =
    typeof body === 'string'
      ? body
      : body['Fn::Join'][1].map((part: any) => (typeof part === 'string' ? part : 'reference')).join('');
  return JSON.parse(text);
}

/** Those of the config, as SageMaker's toolkit hands them to the script: JSON, written as Python writes it. The others are its own. */
function awsHyperparameters(given: Record<string, string>): Record<string, string> {
  const own = Object.entries(given).filter(([name]) => !name.startsWith('sagemaker_'));
  const words: Record<string, string> = { true: 'True', false: 'False' };
  return Object.fromEntries(own.map(([name, value]) => [name, words[value] ?? String(JSON.parse(value))]));
}

function onGoogle(config: MlopsConfig): Meaning {
  let pipeline!: MlopsPipeline;
  const folder = synthesizeFolder((stack) => {
    new GoogleProvider(stack, 'Google');
    pipeline = new GooglePipeline(stack, 'Pipeline', { config });
  });
  const { resource } = JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8'));
  const common = {
    notes: pipeline.notes.filter((note) => ofConfig(note) && !pipeline.trainingPipeline?.notes.includes(note)), // images are Google's own
    featureGroups: pipeline.featureGroups.map(({ node }) => node.id),
    alarms: (pipeline.trainingPipeline?.alerts ?? []).map(({ node }) => node.id),
  };
  const objects = Object.values((resource.google_storage_bucket_object ?? {}) as Record<string, any>);
  const content = objects.find(({ content_type }) => content_type === 'application/json')?.content;
  if (content === undefined) return { ...common, ...NO_TRAINING };
  const { root, components, deploymentSpec } = JSON.parse(content.replaceAll('$${', '${'));
  const { tasks } = root.dag;
  const [workflow] = Object.values<any>(resource.google_workflows_workflow);
  const approves = workflow.user_env_vars.AUTOMATIC_APPROVAL === 'true';
  const optionsOf = (step: string) => argumentsOf(deploymentSpec.executors[`exec-${step}`].container);
  const refuse = options(optionsOf('refuse'));
  const threshold = root.inputDefinitions.parameters.evaluation_threshold?.defaultValue;
  const archive = objects.find(({ content_type }) => content_type === 'application/gzip')!.source;
  return {
    ...common,
    steps: [
      ...Object.keys(tasks),
      ...(registers(components) ? ['register'] : []),
      ...(approves ? ['approve'] : []),
    ].map(neutral),
    gate: {
      metric: refuse.metric,
      operator: refuse.operator,
      threshold: threshold ?? Number(gateConstant(components)),
    },
    gateIsParameter: threshold !== undefined,
    schedule: scheduleOf(resource),
    hyperparameters: hyperparametersIn(optionsOf('train')),
    lineage: lineageKeys(),
    contract: contractIn(path.join(folder, archive)),
  };
}

/** `--name value` pairs; of a repeated option the last. */
function options(args: readonly string[]): Record<string, string> {
  const pairs = args.flatMap((arg, i) => (arg.startsWith('--') ? [[arg.slice(2), args[i + 1]]] : []));
  return Object.fromEntries(pairs);
}

/** What the step program is given, whether the step's container runs it or a custom job that the container starts. */
function argumentsOf({ args }: { args: string[] }): string[] {
  const payload = args[args.indexOf('--payload') + 1];
  if (!args.includes('--payload')) return args;
  return JSON.parse(payload).job_spec.worker_pool_specs[0].container_spec.args;
}

function hyperparametersIn(args: readonly string[]): Record<string, string> {
  return options(args.slice(args.indexOf('--') + 1));
}

function registers(components: Record<string, any>): boolean {
  return Object.keys(components).includes('comp-register');
}

/** The number that the condition compares with. */
function gateConstant(components: Record<string, any>): string {
  const conditions = JSON.stringify(components).match(/>= ?([\d.]+)|<= ?([\d.]+)/);
  return conditions?.[1] ?? conditions?.[2] ?? '';
}

/** The schedule as AWS says it, by the translation that the schedules' own tests judge. */
function scheduleOf(resource: any): string | undefined {
  const [job] = Object.values<any>(resource.google_cloud_scheduler_job ?? {});
  return job && eventBridgeCron(job.schedule);
}

/** The keys that the step program writes beside a version, those of hyperparameters, metrics and version apart. */
function lineageKeys(): string[] {
  const registry = readFileSync(
    path.join(__dirname, '../../lib/runtime/google/step/cdk_mlops_step/registry.py'),
    'utf8',
  );
  const register = registry.slice(registry.indexOf('def register('), registry.indexOf('def model_of('));
  const keys = [...register.matchAll(/^ {8}"(\w+)":/gm)].map(([, key]) => key);
  return keys.filter((key) => !['hyperparameters', 'metrics', 'model'].includes(key)).sort();
}

/** `DataManifest` and `data-manifest` are both `dataManifest`. */
function neutral(step: string): string {
  const name = step.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return name[0].toLowerCase() + name.slice(1);
}

/** `mlops.json` in a source archive: the entry's header stands a block before its content. */
function contractIn(archive: string): unknown {
  const tar = gunzipSync(readFileSync(archive));
  const header = tar.indexOf('mlops.json\0');
  const size = parseInt(tar.subarray(header + 124, header + 136).toString(), 8);
  return JSON.parse(tar.subarray(header + 512, header + 512 + size).toString());
}
