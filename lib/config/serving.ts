import type { ComputeSize, ScheduleConfig } from './training';

/** How predictions are asked for. */
export type ServingMode = 'realtime' | 'serverless' | 'asynchronous' | 'batch';

/** How traffic moves from the champion to its successor. */
export type RolloutStrategy = 'canary' | 'linear' | 'allAtOnce';

/** What a challenger has to show. */
export type AbTestGoal = 'notWorse' | 'superior';

/** Settings of a serverless endpoint. */
export interface ServerlessConfig {
  /**
   * Memory in MB: 1024, 2048, 3072, 4096, 5120 or 6144.
   * @default 2048
   */
  readonly memoryMb?: number;

  /**
   * Concurrent invocations, 1 to 200.
   * @default 5
   */
  readonly maxConcurrency?: number;
}

/** Settings of an asynchronous endpoint. */
export interface AsynchronousConfig {
  /**
   * Folder for the answers. May be a token.
   * @default - `asynchronous/` in the artifact bucket
   */
  readonly output?: string;
}

/** Settings of batch prediction. */
export interface BatchConfig {
  /** Folder or table to predict. May be a token. */
  readonly input: string;

  /**
   * Folder or table for the predictions. May be a token.
   * @default - `batch/` in the artifact bucket
   */
  readonly output?: string;

  /**
   * When batch prediction runs by itself.
   * @default - only when started
   */
  readonly schedule?: ScheduleConfig;
}

/** Autoscaling of a real-time or asynchronous endpoint. */
export interface ScalingConfig {
  /**
   * Target of invocations per instance and minute, at least 1.
   * @default 1000
   */
  readonly invocationsPerInstance?: number;
}

/** How a new model version takes over. */
export interface RolloutConfig {
  /**
   * `canary`: one part first, then the rest; `linear`: in equal steps; `allAtOnce`: everything.
   * @default - `canary`; `allAtOnce` with fewer than two instances or in serverless or batch mode
   */
  readonly strategy?: RolloutStrategy;

  /**
   * First part (canary, 1 to 50) or step (linear, 10 to 50) in percent of the instances.
   * @default 50
   */
  readonly percent?: number;

  /**
   * Bake time: minutes that a part is watched before the next step, 5 to 60. Both clouds publish metrics minutes late.
   * @default 10
   */
  readonly bakeMinutes?: number;
}

/** Limits that page people, and roll a candidate back. */
export interface AlarmsConfig {
  /**
   * Limit of the 95th percentile of model latency, in milliseconds, above 0.
   * @default 500
   */
  readonly p95LatencyMs?: number;

  /**
   * Limit of failed requests in percent, above 0 and at most 100.
   * @default 1
   */
  readonly errorRatePercent?: number;
}

/** An A/B test between champion and challenger. */
export interface AbTestConfig {
  /**
   * Traffic of the challenger in percent, 1 to 50; on Google Cloud a whole number.
   * @default 20
   */
  readonly trafficPercent?: number;

  /**
   * Longest duration in hours, 1 to 720; undecided by then, the champion stays.
   * @default 24
   */
  readonly durationHours?: number;

  /**
   * `notWorse` than the champion within `margin`, or `superior` to it.
   * @default 'notWorse'
   */
  readonly goal?: AbTestGoal;

  /**
   * Tolerated relative worsening, above 0 and at most 1: 0.5 lets 1 % of errors become 1.5 %.
   * @default 0.5
   */
  readonly margin?: number;
}

/** How a model is served. */
export interface ServingConfig {
  /**
   * How predictions are asked for.
   * @default 'realtime'
   */
  readonly mode?: ServingMode;

  /**
   * Inference script in `training.source`; it travels inside the model artifact.
   * @default - the image's own request handling
   */
  readonly entryPoint?: string;

  /**
   * Own serving image URI. May be a token.
   * @default - the framework's serving image, or `training.image`
   */
  readonly image?: string;

  /**
   * Environment variables of the serving container, at most 80.
   * @default - none
   */
  readonly environment?: { readonly [name: string]: string };

  /**
   * Machine size.
   * @default 'small'
   */
  readonly compute?: ComputeSize;

  /**
   * Fewest instances, at least 1 (asynchronous: 0). Canary and linear rollouts need 2. Not used in serverless and batch
   * mode.
   * @default 2
   */
  readonly minInstances?: number;

  /**
   * Most instances, at least `minInstances`. Not used in serverless and batch mode.
   * @default - the larger of 4 and `minInstances`
   */
  readonly maxInstances?: number;

  /**
   * Autoscaling.
   * @default - 1000 invocations per instance and minute
   */
  readonly scaling?: ScalingConfig;

  /**
   * Settings of `serverless` mode; refused in others.
   * @default - 2048 MB, 5 concurrent invocations
   */
  readonly serverless?: ServerlessConfig;

  /**
   * Settings of `asynchronous` mode; refused in others.
   * @default - answers go to the artifact bucket
   */
  readonly asynchronous?: AsynchronousConfig;

  /**
   * Settings of `batch` mode, which needs them; refused in others.
   * @default - none
   */
  readonly batch?: BatchConfig;

  /**
   * How a new version takes over.
   * @default - canary, 50 %, 10 minutes of bake time
   */
  readonly rollout?: RolloutConfig;

  /**
   * Operational limits.
   * @default - 500 ms, 1 %
   */
  readonly alarms?: AlarmsConfig;

  /**
   * A/B test before promotion; refused in modes other than `realtime`.
   * @default - 20 % of the traffic for at most 24 hours, goal `notWorse`
   */
  readonly abTest?: AbTestConfig;
}
