import { resolveSection } from '../config/resolve';
import { schemas } from '../config/schema';
import type {
  ResolvedAbTest,
  ResolvedAws,
  ResolvedConfig,
  ResolvedData,
  ResolvedFeatureStore,
  ResolvedGoogle,
  ResolvedMonitoring,
  ResolvedRetraining,
  ResolvedServing,
} from '../config/schema';
import { deepFreeze } from './freeze';
import { effectiveCapabilities } from './levels';
import type { CapabilitySet, Level } from './levels';
import { notesOn } from './notes';
import { trainingPlan } from './training-plan';
import type { TrainingPlan } from './training-plan';

/** Physical names, all derived from the config's name, none from its level. */
export interface PlanNames {
  readonly pipeline: string;
  readonly modelPackageGroup: string;
  readonly endpoint: string;
  /** Physical name per feature group of the config. */
  readonly featureGroups: Readonly<Record<string, string>>;
}

/** What is to be built, as pure data: the one thing that the constructs of both clouds read. */
export interface Plan {
  readonly name: string;
  readonly level: Level;
  readonly capabilities: CapabilitySet;
  readonly names: PlanNames;
  readonly data: ResolvedData;
  /** Present when `trainingPipeline` is on. */
  readonly training?: TrainingPlan;
  /** `abTest` is present when the capability is on. */
  readonly serving: ResolvedServing;
  readonly monitoring: ResolvedMonitoring;
  readonly retraining: ResolvedRetraining;
  readonly featureStore?: ResolvedFeatureStore;
  readonly aws: ResolvedAws;
  readonly google?: ResolvedGoogle;
  /** What the config asks for but its capabilities leave out, as sentences. */
  readonly notes: readonly string[];
}

/** Plans a config. Pure and total: every resolved config has a plan, which is frozen and shares nothing with it. */
export function plan(resolved: ResolvedConfig): Plan {
  const config = structuredClone(resolved);
  const { name, level, data, featureStore, google } = config;
  const capabilities = effectiveCapabilities(level, config.capabilities);
  return deepFreeze<Plan>({
    name,
    level,
    capabilities,
    names: namesOf(config),
    data,
    ...trainingOf(config, capabilities),
    serving: servingOf(config, capabilities),
    monitoring: config.monitoring ?? resolveSection('monitoring', {}),
    retraining: config.retraining ?? resolveSection('retraining', {}),
    ...(featureStore && { featureStore }),
    aws: config.aws,
    ...(google && { google }),
    notes: notesOn(config, capabilities),
  }) as Plan;
}

function namesOf({ name, featureStore }: ResolvedConfig): PlanNames {
  const groups = featureStore?.groups ?? [];
  return {
    pipeline: name,
    modelPackageGroup: name,
    endpoint: name,
    featureGroups: Object.fromEntries(groups.map((group) => [group.name, `${name}-${group.name}`])),
  };
}

function trainingOf(config: ResolvedConfig, capabilities: CapabilitySet): { training?: TrainingPlan } {
  const { data, training, serving } = config;
  if (!capabilities.trainingPipeline || training === undefined) return {};
  const { automaticApproval, driftMonitoring: baseline } = capabilities;
  return { training: trainingPlan({ data, training, serving, automaticApproval, baseline }) };
}

function servingOf({ serving }: ResolvedConfig, capabilities: CapabilitySet): ResolvedServing {
  const { abTest, ...rest } = serving;
  return capabilities.abTest ? { ...rest, abTest: abTest ?? defaultAbTest() } : rest;
}

function defaultAbTest(): ResolvedAbTest {
  return schemas().abTest.parse({});
}
