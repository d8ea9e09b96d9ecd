/** What a cloud makes of a config's training. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { eventBridgeCron } from '../../lib/aws/cron';
import type { OnAws, OnGoogle } from './synthesis';
import { ofType, parsed, placed, unescaped } from './synthesis';

/** In neutral words. */
export interface Training {
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
}

export function trainingOnAws(synthesized: OnAws): Training {
  const { pipeline, folder } = synthesized;
  const alarms = (pipeline.trainingPipeline?.alarms ?? []).map(({ node }) => node.id);
  const [deployed] = ofType(synthesized, 'AWS::SageMaker::Pipeline');
  if (!deployed) return { ...NO_TRAINING, alarms };
  const definition = parsed(deployed.PipelineDefinition.PipelineDefinitionBody);
  const step = (name: string) => definition.Steps.find(({ Name }: any) => Name === name);
  const [condition] = step('Gate').Arguments.Conditions;
  const branch = (step('Gate').Arguments.IfSteps as any[]).filter(({ Name }) => Name !== 'Baseline'); // the workflow's on Google
  const automatic = typeof condition.RightValue === 'number';
  const threshold = definition.Parameters.find(({ Name }: any) => Name === 'EvaluationThreshold')?.DefaultValue;
  const asset = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  return {
    alarms,
    steps: [...definition.Steps, ...branch].map(({ Name }: any) => neutral(Name)),
    gate: {
      metric: condition.LeftValue['Std:JsonGet'].Path.split('.')[1],
      operator: condition.Type === 'GreaterThanOrEqualTo' ? '>=' : '<=',
      threshold: automatic ? condition.RightValue : threshold,
    },
    gateIsParameter: !automatic,
    schedule: ofType(synthesized, 'AWS::Scheduler::Schedule')[0]?.ScheduleExpression,
    hyperparameters:
      step('Train').Arguments.HyperParameters && awsHyperparameters(step('Train').Arguments.HyperParameters),
    lineage: Object.keys(branch[0].Arguments.CustomerMetadataProperties)
      .filter((key) => key !== 'baselineUri')
      .sort(),
    contract: contractIn(path.join(folder, asset)),
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

/** Those of the config, as SageMaker's toolkit hands them to the script: JSON, written as Python writes it. The others are its own. */
function awsHyperparameters(given: Record<string, string>): Record<string, string> {
  const own = Object.entries(given).filter(([name]) => !name.startsWith('sagemaker_'));
  const words: Record<string, string> = { true: 'True', false: 'False' };
  return Object.fromEntries(own.map(([name, value]) => [name, words[value] ?? String(JSON.parse(value))]));
}

export function trainingOnGoogle(synthesized: OnGoogle): Training {
  const { pipeline, folder } = synthesized;
  const alarms = (pipeline.trainingPipeline?.alerts ?? []).map(({ node }) => node.id);
  const content = placed(synthesized, 'google_storage_bucket_object', 'Training/Definition')?.content;
  if (content === undefined) return { ...NO_TRAINING, alarms };
  const { root, components, deploymentSpec } = unescaped(content);
  const workflow = placed(synthesized, 'google_workflows_workflow', 'Training/Workflow');
  const approves = workflow.user_env_vars.AUTOMATIC_APPROVAL === 'true';
  const optionsOf = (step: string) => argumentsOf(deploymentSpec.executors[`exec-${step}`].container);
  const refuse = options(optionsOf('refuse'));
  const threshold = root.inputDefinitions.parameters.evaluation_threshold?.defaultValue;
  const archive = placed(synthesized, 'google_storage_bucket_object', 'Training/Source/Archive').source;
  const job = placed(synthesized, 'google_cloud_scheduler_job', 'Training/Schedule');
  return {
    alarms,
    steps: [
      ...Object.keys(root.dag.tasks),
      ...(registers(components) ? ['register'] : []),
      ...(approves ? ['approve'] : []),
    ].map(neutral),
    gate: {
      metric: refuse.metric,
      operator: refuse.operator,
      threshold: threshold ?? Number(gateConstant(components)),
    },
    gateIsParameter: threshold !== undefined,
    schedule: job && eventBridgeCron(job.schedule), // by the translation that the schedules' own tests judge
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
