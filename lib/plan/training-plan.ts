import type { ColumnConfig, DataFormat } from '../config/data';
import type { ResolvedData, ResolvedServing, ResolvedTraining } from '../config/schema';
import type { ComputeSize } from '../config/training';
import { deepFreeze } from './freeze';
import type { Frozen } from './freeze';

/** A step of the training pipeline; both clouds have the same ones in the same order. */
export type TrainingStep =
  'dataManifest' | 'preprocess' | 'train' | 'evaluate' | 'gate' | 'baseline' | 'register' | 'approve';

/** What the scripts are told in `mlops.json`: the meaning of the columns, and how to divide the rows. */
export interface ScriptContract {
  readonly format: DataFormat;
  readonly features: readonly Readonly<ColumnConfig>[];
  readonly label?: Readonly<ColumnConfig>;
  readonly prediction?: Readonly<ColumnConfig>;
  readonly id?: string;
  readonly split?: Frozen<NonNullable<ResolvedData['split']>>;
}

/** When a trained model is registered. */
export interface Gate {
  /** Metric of the evaluation report. */
  readonly metric: string;
  readonly operator: '>=' | '<=';
  readonly threshold: number;
}

/** How a registered model answers requests. */
export interface InferencePlan {
  readonly entryPoint?: string;
  readonly image?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly compute: ComputeSize;
  /** Format of requests and answers: `parquet` is a format of files, its models are asked in CSV. */
  readonly requestFormat: 'csv' | 'jsonlines';
}

/** What the training pipeline does, the same on both clouds. Exact types and locations per cloud are chosen by the clouds. */
export interface TrainingPlan {
  /** Steps in their order. */
  readonly steps: readonly TrainingStep[];
  /** Folder with the scripts. */
  readonly source: string;
  /** Preprocessing script in `source`. */
  readonly preprocess?: string;
  /** Training script in `source`. */
  readonly train: string;
  /** Evaluation script in `source`. */
  readonly evaluate: string;
  /** Framework whose images are used; absent with an own `image`. */
  readonly framework?: Frozen<NonNullable<ResolvedTraining['framework']>>;
  readonly image?: string;
  readonly compute: ComputeSize;
  /** Hyperparameters, sorted by name. */
  readonly hyperparameters: Readonly<Record<string, string | number | boolean>>;
  readonly gate: Gate;
  /** Five cron fields, UTC. */
  readonly schedule?: string;
  readonly spot: boolean;
  readonly maxRuntimeMinutes: number;
  readonly volumeGb: number;
  readonly cacheDays: number;
  /** Neutral locations; a cloud may have its own. */
  readonly data: Pick<ResolvedData, 'training' | 'validation' | 'test'>;
  readonly contract: ScriptContract;
  readonly inference: InferencePlan;
}

/** The resolved sections that a training plan is made of. */
export interface TrainingPlanInput {
  readonly data: ResolvedData;
  readonly training: ResolvedTraining;
  /**
   * How the model is served: its script travels in the model artifact.
   * @default - the image's own request handling, on a small machine
   */
  readonly serving?: ResolvedServing;
  /**
   * Whether a version past the gate is approved.
   * @default false
   */
  readonly automaticApproval?: boolean;
  /**
   * Whether a version past the gate gets a baseline.
   * @default false
   */
  readonly baseline?: boolean;
}

/** Plans the training pipeline. Pure; the plan is frozen and shares nothing with its input. */
export function trainingPlan(input: TrainingPlanInput): TrainingPlan {
  const { data, training } = structuredClone({ data: input.data, training: input.training });
  const { evaluation, framework, image, schedule } = training;
  return deepFreeze({
    steps: stepsOf(input),
    source: training.source,
    ...(training.preprocess !== undefined && { preprocess: training.preprocess }),
    train: training.entryPoint,
    evaluate: evaluation.entryPoint,
    ...(framework && { framework }),
    ...(image !== undefined && { image }),
    compute: training.compute,
    hyperparameters: hyperparameters(training.hyperparameters),
    gate: gate(evaluation),
    ...(schedule && { schedule: schedule.cron }),
    spot: training.spot,
    maxRuntimeMinutes: training.maxRuntimeMinutes,
    volumeGb: training.volumeGb,
    cacheDays: training.cacheDays,
    data: present({ training: data.training, validation: data.validation, test: data.test }),
    contract: scriptContract(data),
    inference: inference(data, input.serving),
  });
}

function stepsOf({ training, automaticApproval = false, baseline = false }: TrainingPlanInput): TrainingStep[] {
  return [
    'dataManifest',
    ...(training.preprocess === undefined ? [] : (['preprocess'] as const)),
    'train',
    'evaluate',
    'gate',
    ...(baseline ? (['baseline'] as const) : []),
    'register',
    ...(automaticApproval ? (['approve'] as const) : []),
  ];
}

function gate({ metric, direction, threshold }: ResolvedTraining['evaluation']): Gate {
  return { metric, operator: direction === 'maximize' ? '>=' : '<=', threshold };
}

function hyperparameters(values: ResolvedTraining['hyperparameters']): ResolvedTraining['hyperparameters'] {
  const names = Object.keys(values).sort();
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function scriptContract({ format, features, label, prediction, id, split }: ResolvedData): ScriptContract {
  return { format, features, ...present({ label, prediction, id, split }) };
}

function inference({ format }: ResolvedData, serving: ResolvedServing | undefined): InferencePlan {
  return {
    ...present({ entryPoint: serving?.entryPoint, image: serving?.image }),
    environment: { ...serving?.environment },
    compute: serving?.compute ?? 'small',
    requestFormat: requestFormat(format),
  };
}

/** Format of requests to a model whose data has a format. */
export function requestFormat(format: DataFormat): 'csv' | 'jsonlines' {
  return format === 'jsonlines' ? 'jsonlines' : 'csv';
}

/** The keys that have a value. */
function present<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
