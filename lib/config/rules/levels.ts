import { CAPABILITIES, dependents, effectiveCapabilities, FIRST_LEVEL, PREREQUISITES } from '../capabilities';
import type { Capability, CapabilitySet } from '../capabilities';
import type { CapabilitiesConfig } from '../mlops';
import type { ConfigProblem } from '../problems';
import type { ConfigDraft, Rule, RuleContext } from './rule';

const ANY: Rule['sections'] = [];

/** What is on, or undefined when capabilities are not the question (a section by itself). */
function enabled(draft: ConfigDraft, context: RuleContext): CapabilitySet {
  if (context.whole)
    return effectiveCapabilities(draft.level ?? 0, draft.capabilities as CapabilitiesConfig | undefined);
  const required = Object.fromEntries((context.capabilities ?? []).map((name) => [name, true]));
  return effectiveCapabilities(0, required);
}

/** Who switched a capability on. */
function cause(capability: Capability, { level, capabilities }: ConfigDraft): string {
  return capabilities?.[capability] ? `capabilities.${capability} turns it on` : `level ${level} turns it on`;
}

/** How to switch a capability off, with everything on that needs it. */
function switchOff(capability: Capability, set: CapabilitySet): string {
  const names = [capability, ...dependents(capability).filter((name) => set[name])];
  return `set ${names.map((name) => `capabilities.${name}: false`).join(' and ')}`;
}

/** A part of the config that a capability cannot do without. */
function requirement(
  capability: Capability,
  path: string,
  wayOut: string,
  has: (draft: ConfigDraft, context: RuleContext) => boolean,
): Rule {
  return {
    sections: ANY,
    reads: [
      path,
      'level',
      'capabilities',
      ...(path === 'data.training' ? ['aws.trainingData', 'google.trainingData'] : []),
    ],
    check: (draft, context) => {
      const set = enabled(draft, context);
      if (!set[capability] || has(draft, context)) return [];
      const because = context.whole ? ` (${cause(capability, draft)})` : '';
      const off = context.whole ? `, or ${switchOff(capability, set)}` : '';
      return [{ path, message: `missing; ${capability} needs it${because}; ${wayOut}${off}` }];
    },
  };
}

/** Whether a data set has a location on the cloud in question, or on any. */
export function hasLocation(
  set: 'training' | 'validation' | 'test',
  { data, aws, google }: ConfigDraft,
  cloud?: string,
): boolean {
  const onAws = cloud !== 'google' && aws?.[`${set}Data`] !== undefined;
  const onGoogle = cloud !== 'aws' && google?.[`${set}Data`] !== undefined;
  return data?.[set] !== undefined || onAws || onGoogle;
}

const needsTraining = requirement(
  'trainingPipeline',
  'training',
  'add the section',
  ({ training }) => training !== undefined,
);

const needsTrainingData = requirement(
  'trainingPipeline',
  'data.training',
  'say where the training data is',
  (draft, { cloud }) => hasLocation('training', draft, cloud),
);

const needsFeatures = requirement(
  'driftMonitoring',
  'data.features',
  "list the model's inputs",
  ({ data }) => (data?.features ?? []).length > 0,
);

const gateNeedsData: Rule = {
  sections: ['data', 'training'],
  reads: ['training', 'data.validation', 'data.test', 'data.split', 'level', 'capabilities', 'aws', 'google'],
  check: (draft, context) => {
    const { training, data } = draft;
    if (!enabled(draft, context).trainingPipeline || training === undefined || training.preprocess !== undefined)
      return [];
    if (hasLocation('validation', draft, context.cloud) || hasLocation('test', draft, context.cloud)) return [];
    if (data?.split !== undefined) return [];
    const message =
      'missing; without training.preprocess the evaluation needs data of its own; give data.validation or data.test, or add training.preprocess';
    return [{ path: 'data.validation', message }];
  },
};

const levelTwoNeedsFeatureStore: Rule = {
  sections: ANY,
  reads: ['featureStore', 'level'],
  check: ({ level, featureStore }, { whole }) => {
    if (!whole || level !== 2 || featureStore !== undefined) return [];
    return [{ path: 'featureStore.groups', message: 'level 2 needs it; add a group, or set level: 1' }];
  },
};

const prerequisitesAreOn: Rule = {
  sections: ANY,
  reads: ['level', 'capabilities'],
  check: (draft, context) => {
    if (!context.whole) return [];
    const set = enabled(draft, context);
    return CAPABILITIES.filter((name) => set[name]).flatMap((name) =>
      PREREQUISITES[name].filter((needed) => !set[needed]).map((needed) => missing(name, needed, draft)),
    );
  },
};

function missing(capability: Capability, needed: Capability, draft: ConfigDraft): ConfigProblem {
  const path = `capabilities.${capability}`;
  const explicit = draft.capabilities?.[capability] === true;
  if (draft.capabilities?.[needed] === false) {
    const start = explicit ? `it needs ${needed}` : `level ${draft.level} turns it on, but it needs ${needed}`;
    return { path, message: `${start}, which capabilities.${needed} switches off; switch ${capability} off too` };
  }
  const message = `it needs ${needed}, which is off at level ${draft.level}; switch ${needed} on too, or set level: ${FIRST_LEVEL[needed]}`;
  return { path, message };
}

const serverlessIsNotCaptured: Rule = {
  sections: ['serving'],
  reads: ['serving.mode', 'level', 'capabilities'],
  check: (draft, context) => {
    const set = enabled(draft, context);
    if (!context.whole || !set.dataCapture || draft.serving?.mode !== 'serverless') return [];
    const message = `${cause('dataCapture', draft)}, but serverless endpoints capture no data; ${switchOff('dataCapture', set)}, or choose another serving.mode`;
    return [{ path: 'capabilities.dataCapture', message }];
  },
};

/** SageMaker captures what batches are asked and answer; on Vertex AI predictions lie where they were sent. */
const batchesAreNotLoggedOnGoogle: Rule = {
  sections: ['serving'],
  reads: ['serving.mode', 'level', 'capabilities'],
  check: (draft, context) => {
    const set = enabled(draft, context);
    const isBatch = context.cloud === 'google' && draft.serving?.mode === 'batch';
    if (!context.whole || !isBatch || !set.driftMonitoring) return [];
    const message = `${cause('driftMonitoring', draft)}, but batch predictions are not logged on Google Cloud; ${switchOff('driftMonitoring', set)}, or choose another serving.mode`;
    return [{ path: 'capabilities.driftMonitoring', message }];
  },
};

const abTestNeedsRealtime: Rule = {
  sections: ['serving'],
  reads: ['serving.mode', 'level', 'capabilities'],
  check: (draft, context) => {
    const mode = draft.serving?.mode ?? 'realtime';
    if (!context.whole || !enabled(draft, context).abTest || mode === 'realtime') return [];
    const message = `${cause('abTest', draft)}, but serving.mode is ${mode} and an A/B test needs realtime; set capabilities.abTest: false, or serving.mode: realtime`;
    return [{ path: 'capabilities.abTest', message }];
  },
};

/** Rules of levels and capabilities. */
export const LEVEL_RULES: readonly Rule[] = [
  needsTraining,
  needsTrainingData,
  gateNeedsData,
  needsFeatures,
  levelTwoNeedsFeatureStore,
  prerequisitesAreOn,
  serverlessIsNotCaptured,
  batchesAreNotLoggedOnGoogle,
  abTestNeedsRealtime,
];
