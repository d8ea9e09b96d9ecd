import { DEFAULTS } from '../defaults';
import type { ServingMode } from '../serving';
import type { ConfigDraft, Rule } from './rule';

/** SageMaker takes 100 environment variables (CreateModel); the toolkit's and ours need some of them. */
const MAX_VARIABLES = 80;

const MODE_SECTIONS = ['serverless', 'asynchronous', 'batch'] as const;

function modeOf({ serving }: ConfigDraft): ServingMode {
  return serving?.mode ?? DEFAULTS.serving.mode;
}

function minInstancesOf({ serving }: ConfigDraft): number {
  return serving?.minInstances ?? DEFAULTS.serving.minInstances;
}

const sectionOfMode: Rule = {
  sections: ['serving'],
  reads: ['serving.mode'],
  check: (draft) =>
    MODE_SECTIONS.filter((section) => draft.serving?.[section] !== undefined && section !== modeOf(draft)).map(
      (section) => ({
        path: `serving.${section}`,
        message: `serving.mode is ${modeOf(draft)}; remove the section, or set mode: ${section}`,
      }),
    ),
};

const batchNeedsSection: Rule = {
  sections: ['serving'],
  reads: ['serving.mode', 'serving.batch'],
  check: ({ serving }) => {
    if (serving?.mode !== 'batch' || serving.batch !== undefined) return [];
    return [{ path: 'serving.batch', message: 'missing; batch mode needs to know its input' }];
  },
};

const instancesAscend: Rule = {
  sections: ['serving'],
  reads: ['serving.minInstances', 'serving.maxInstances'],
  check: (draft) => {
    const max = draft.serving?.maxInstances;
    const min = minInstancesOf(draft);
    if (max === undefined || min <= max) return [];
    if (draft.serving?.minInstances === undefined) {
      const message = `got ${max}, but minInstances is ${min} by default; raise maxInstances, or set minInstances too`;
      return [{ path: 'serving.maxInstances', message }];
    }
    return [
      {
        path: 'serving.minInstances',
        message: `got ${min}, above maxInstances ${max}; raise maxInstances, or lower it`,
      },
    ];
  },
};

const onlyAsynchronousIsIdle: Rule = {
  sections: ['serving'],
  reads: ['serving.mode', 'serving.minInstances'],
  check: (draft) => {
    if (minInstancesOf(draft) > 0 || modeOf(draft) === 'asynchronous') return [];
    const message = `got 0, allowed: at least 1 in ${modeOf(draft)} mode; only asynchronous endpoints can stand at 0`;
    return [{ path: 'serving.minInstances', message }];
  },
};

const rolloutInParts: Rule = {
  sections: ['serving'],
  reads: ['serving.mode', 'serving.minInstances', 'serving.rollout.strategy'],
  check: (draft) => {
    const strategy = draft.serving?.rollout?.strategy;
    if (strategy !== 'canary' && strategy !== 'linear') return [];
    const path = 'serving.rollout.strategy';
    const mode = modeOf(draft);
    if (mode === 'serverless' || mode === 'batch') {
      return [
        { path, message: `got "${strategy}", but ${mode} mode has no instances to move in parts; use allAtOnce` },
      ];
    }
    const min = minInstancesOf(draft);
    if (min >= 2) return [];
    const message = `got "${strategy}", which needs at least 2 instances, but minInstances is ${min}; raise it, or use allAtOnce`;
    return [{ path, message }];
  },
};

const linearSteps: Rule = {
  sections: ['serving'],
  reads: ['serving.rollout.strategy', 'serving.rollout.percent'],
  check: ({ serving }) => {
    const { strategy, percent = DEFAULTS.rollout.percent } = serving?.rollout ?? {};
    if (strategy !== 'linear' || percent >= 10) return [];
    return [{ path: 'serving.rollout.percent', message: `got ${percent}, allowed: 10 to 50 for linear steps` }];
  },
};

/** SageMaker gives a rollout 8 hours; new machines take up to 25 minutes of them. */
const LONGEST_ROLLOUT_MINUTES = 480 - 25;

const rolloutInTime: Rule = {
  sections: ['serving'],
  reads: ['serving.mode', 'serving.rollout'],
  check: (draft, { cloud }) => {
    const { strategy, percent, bakeMinutes } = { ...DEFAULTS.rollout, ...draft.serving?.rollout };
    if (cloud !== 'aws' || strategy !== 'linear' || percent < 10) return [];
    const steps = Math.ceil(100 / percent);
    if (steps * bakeMinutes <= LONGEST_ROLLOUT_MINUTES) return [];
    const most = Math.floor(LONGEST_ROLLOUT_MINUTES / steps);
    const message = `got ${bakeMinutes}, and ${steps} steps of ${percent} % take ${steps * bakeMinutes} minutes; SageMaker ends a rollout after 8 hours, which with the start of machines leaves ${LONGEST_ROLLOUT_MINUTES}; use at most ${most}, or raise percent`;
    return [{ path: 'serving.rollout.bakeMinutes', message }];
  },
};

const serverlessIsNotIsolated: Rule = {
  sections: ['serving', 'aws'],
  reads: ['serving.mode'],
  check: (draft, { cloud }) => {
    if (cloud !== 'aws' || !draft.aws?.networkIsolation || modeOf(draft) !== 'serverless') return [];
    const message =
      'got true, but the containers of serverless endpoints cannot be isolated; set it to false, or choose another serving.mode';
    return [{ path: 'aws.networkIsolation', message }];
  },
};

const abTestInRealtime: Rule = {
  sections: ['serving'],
  reads: ['serving.mode'],
  check: (draft) => {
    if (draft.serving?.abTest === undefined || modeOf(draft) === 'realtime') return [];
    const message = `serving.mode is ${modeOf(draft)}, but an A/B test needs realtime; remove the section, or set mode: realtime`;
    return [{ path: 'serving.abTest', message }];
  },
};

const variableCount: Rule = {
  sections: ['serving'],
  reads: [],
  check: ({ serving }) => {
    const count = Object.keys(serving?.environment ?? {}).length;
    if (count <= MAX_VARIABLES) return [];
    return [{ path: 'serving.environment', message: `got ${count} variables, allowed: at most ${MAX_VARIABLES}` }];
  },
};

const inferenceScriptHasSource: Rule = {
  sections: ['training', 'serving'],
  reads: ['training'],
  check: ({ training, serving }, { whole }) => {
    if (!whole || training !== undefined || serving?.entryPoint === undefined) return [];
    const message =
      'the script lies in training.source, but there is no training section; add it, or remove entryPoint';
    return [{ path: 'serving.entryPoint', message }];
  },
};

const burstableCannotScale: Rule = {
  sections: ['serving', 'aws'],
  reads: ['serving.mode', 'serving.minInstances', 'serving.maxInstances'],
  check: (draft) => {
    const type = draft.aws?.servingInstanceType;
    const mode = modeOf(draft);
    const scales = draft.serving?.maxInstances !== minInstancesOf(draft);
    if (!type?.startsWith('ml.t') || !scales || (mode !== 'realtime' && mode !== 'asynchronous')) return [];
    const message = `got "${type}", but burstable types cannot be scaled; choose another, or set maxInstances equal to minInstances`;
    return [{ path: 'aws.servingInstanceType', message }];
  },
};

/** Rules of `serving`. */
export const SERVING_RULES: readonly Rule[] = [
  sectionOfMode,
  batchNeedsSection,
  instancesAscend,
  onlyAsynchronousIsIdle,
  rolloutInParts,
  linearSteps,
  rolloutInTime,
  serverlessIsNotIsolated,
  abTestInRealtime,
  variableCount,
  inferenceScriptHasSource,
  burstableCannotScale,
];
