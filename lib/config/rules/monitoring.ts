import type { ColumnType } from '../data';
import { DEFAULTS } from '../defaults';
import { driftSettings, greatestThreshold, TEST_COLUMNS } from '../drift-settings';
import type { DriftSettingsSource } from '../drift-settings';
import type { DriftTest, QualityMetric } from '../monitoring';
import { nearest } from '../nearest';
import { join, show } from '../problems';
import type { ConfigProblem } from '../problems';
import type { ConfigDraft, Rule } from './rule';
import { entries, repeated } from './rule';

/** Measures of which more is better; the others are errors. */
const MORE_IS_BETTER: readonly QualityMetric[] = ['accuracy', 'precision', 'recall', 'f1', 'auc'];

interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** Columns that are monitored, as far as they are valid. */
function columnsOf({ data }: ConfigDraft): Column[] {
  return [...(data?.features ?? []), data?.prediction].flatMap((column) =>
    column?.name === undefined || column.type === undefined ? [] : [{ name: column.name, type: column.type }],
  );
}

function fitProblem(path: string, test: DriftTest | undefined, type: ColumnType): ConfigProblem[] {
  if (test === undefined || TEST_COLUMNS[test].includes(type)) return [];
  const fitting = (Object.keys(TEST_COLUMNS) as DriftTest[]).filter((name) => TEST_COLUMNS[name].includes(type));
  return [{ path, message: `got "${test}", allowed for ${type} columns: ${fitting.join(', ')}` }];
}

function rangeProblem(path: string, threshold: number | undefined, test: DriftTest): ConfigProblem[] {
  if (threshold === undefined || threshold <= greatestThreshold(test)) return [];
  return [{ path, message: `got ${threshold}, allowed for ${test}: a number above 0 and at most 1` }];
}

const testsFitTypes: Rule = {
  sections: ['monitoring'],
  reads: [],
  check: ({ monitoring }) =>
    (['numeric', 'categorical'] as const).flatMap((type) =>
      fitProblem(`monitoring.tests.${type}`, monitoring?.tests?.[type], type),
    ),
};

const thresholdInRange: Rule = {
  sections: ['monitoring'],
  reads: ['monitoring.tests', 'monitoring.features', 'data.features', 'data.prediction'],
  check: (draft) => {
    const threshold = draft.monitoring?.threshold;
    const types: Column[] = [
      { name: '', type: 'numeric' },
      { name: '', type: 'categorical' },
    ];
    const known = columnsOf(draft);
    const monitoring = draft.monitoring as DriftSettingsSource | undefined;
    const bounded = (known.length > 0 ? known : types)
      .filter(({ name }) => monitoring?.features?.[name]?.threshold === undefined)
      .map((column) => driftSettings(monitoring ?? {}, column).test)
      .find((test) => rangeProblem('', threshold, test).length > 0);
    return bounded === undefined ? [] : rangeProblem('monitoring.threshold', threshold, bounded);
  },
};

const featuresExist: Rule = {
  sections: ['data', 'monitoring'],
  reads: ['data.prediction.name'],
  check: ({ data, monitoring }) => {
    // Without a list of features, or with one whose name is invalid, nobody knows what exists.
    const listed = data?.features?.map((feature) => feature?.name) ?? [undefined];
    const names = [...listed, data?.prediction?.name].filter((name) => name !== undefined);
    if (listed.length === 0 || listed.includes(undefined)) return [];
    return entries(monitoring?.features)
      .filter(([name]) => !names.includes(name))
      .map(([name]) => {
        const meant = nearest(name, names);
        const hint = meant === undefined ? 'add it to data.features, or remove it here' : `did you mean ${meant}?`;
        return { path: join('monitoring.features', name), message: `neither a feature nor the prediction; ${hint}` };
      });
  },
};

const featureSettingsFit: Rule = {
  sections: ['data', 'monitoring'],
  reads: ['data.features', 'data.prediction', 'monitoring.tests'],
  check: (draft) => {
    const columns = new Map(columnsOf(draft).map((column) => [column.name, column]));
    const monitoring = draft.monitoring as DriftSettingsSource | undefined;
    return entries(monitoring?.features).flatMap(([name, own]) => {
      const column = columns.get(name);
      if (column === undefined) return [];
      const path = join('monitoring.features', name);
      const unfit = fitProblem(`${path}.test`, own.test, column.type);
      const { test } = driftSettings(monitoring ?? {}, column);
      return unfit.length > 0 ? unfit : rangeProblem(`${path}.threshold`, own.threshold, test);
    });
  },
};

const windowCoversCadence: Rule = {
  sections: ['monitoring'],
  reads: ['monitoring.everyHours', 'monitoring.windowHours'],
  check: ({ monitoring }) => {
    const { everyHours = DEFAULTS.monitoring.everyHours, windowHours } = monitoring ?? {};
    const window = windowHours ?? DEFAULTS.monitoring.windowHours;
    if (window >= everyHours) return [];
    const got = windowHours === undefined ? `${window} by default` : `got ${window}`;
    return [
      { path: 'monitoring.windowHours', message: `${got}, allowed: at least everyHours, which is ${everyHours}` },
    ];
  },
};

const qualityLimit: Rule = {
  sections: ['monitoring'],
  reads: ['monitoring.quality.metric', 'monitoring.quality.minimum', 'monitoring.quality.maximum'],
  check: ({ monitoring }) => {
    const { metric, ...limits } = monitoring?.quality ?? {};
    if (metric === undefined) return [];
    const more = MORE_IS_BETTER.includes(metric);
    const [right, wrong] = more ? (['minimum', 'maximum'] as const) : (['maximum', 'minimum'] as const);
    const better = more ? 'more' : 'less';
    if (limits[wrong] !== undefined) {
      const message = `got ${limits[wrong]}, but of ${metric} ${better} is better; use ${right}`;
      return [{ path: `monitoring.quality.${wrong}`, message }];
    }
    return limitProblems(`monitoring.quality.${right}`, metric, limits[right], more ? 1 : Infinity);
  },
};

function limitProblems(path: string, metric: string, limit: number | undefined, greatest: number): ConfigProblem[] {
  if (limit === undefined) return [{ path, message: `missing; of ${metric} it is the limit` }];
  if (limit >= 0 && limit <= greatest) return [];
  const allowed = greatest === 1 ? 'a number from 0 to 1' : 'a number of at least 0';
  return [{ path, message: `got ${limit}, allowed for ${metric}: ${allowed}` }];
}

const qualityColumns: Rule = {
  sections: ['data', 'monitoring'],
  reads: ['data.id', 'data.label', 'data.prediction'],
  check: ({ data, monitoring }) => {
    if (monitoring?.quality === undefined) return [];
    const reasons = {
      id: 'the request id that joins predictions with ground truth',
      label: 'the column to predict',
      prediction: "the model's output",
    };
    return (['id', 'label', 'prediction'] as const)
      .filter((key) => data?.[key] === undefined)
      .map((key) => ({
        path: `data.${key}`,
        message: `missing; monitoring.quality needs ${reasons[key]}; add it, or remove monitoring.quality`,
      }));
  },
};

const notifiedOnce: Rule = {
  sections: ['monitoring'],
  reads: [],
  check: ({ monitoring }) =>
    repeated(monitoring?.notify ?? []).map(({ index, first, name }) => ({
      path: `monitoring.notify[${index}]`,
      message: `${show(name)} is listed twice, first as monitoring.notify[${first}]`,
    })),
};

/** Rules of `monitoring`. */
export const MONITORING_RULES: readonly Rule[] = [
  testsFitTypes,
  thresholdInRange,
  featuresExist,
  featureSettingsFit,
  windowCoversCadence,
  qualityLimit,
  qualityColumns,
  notifiedOnce,
];
