import { googleServingMachineProblem } from '../google-machines';
import { FEATURE_TIMESTAMP, googleName } from '../google-names';
import { show } from '../problems';
import type { ConfigDraft, Rule } from './rule';
import { repeated } from './rule';

/** A rule of Google Cloud alone. */
function onGoogle(sections: Rule['sections'], check: (draft: ConfigDraft) => ReturnType<Rule['check']>): Rule {
  return { sections, reads: [], check: (draft, { cloud }) => (cloud === 'google' ? check(draft) : []) };
}

/** Vertex AI endpoints keep at least one machine, and answer requests at once. */
const servingModes = onGoogle(['serving'], ({ serving }) => {
  const mode = serving?.mode;
  if (mode !== 'serverless' && mode !== 'asynchronous') return [];
  const message = `got ${show(mode)}, allowed on Google Cloud: realtime, batch; Vertex AI has no ${mode} endpoints`;
  return [{ path: 'serving.mode', message }];
});

const servingMachine = onGoogle(['google'], ({ google }) => {
  const type = google?.servingMachineType;
  const problem = type === undefined ? undefined : googleServingMachineProblem(type);
  return problem === undefined ? [] : [{ path: 'google.servingMachineType', message: `got ${show(type)}; ${problem}` }];
});

/** Endpoints of Vertex AI share requests out in whole percents. */
const wholePercents = onGoogle(['serving'], ({ serving }) => {
  const share = serving?.abTest?.trafficPercent;
  if (share === undefined || Number.isInteger(share)) return [];
  const message = `got ${share}, allowed on Google Cloud: whole percents; use ${Math.round(share)}`;
  return [{ path: 'serving.abTest.trafficPercent', message }];
});

/** The online store is a copy of BigQuery, which is the offline store. */
const offlineStore = onGoogle(['featureStore'], ({ featureStore }) =>
  (featureStore?.groups ?? []).flatMap((group, i) => {
    if (group?.offline !== false) return [];
    const message =
      'got false, allowed on Google Cloud: true; its online store is filled from BigQuery, which is the offline store';
    return [{ path: `featureStore.groups[${i}].offline`, message }];
  }),
);

/** Groups become tables, features columns: in lower case, with underscores for what BigQuery does not take. */
const groupNamesApart = onGoogle(['featureStore'], ({ featureStore }) =>
  repeatedOnGoogle((featureStore?.groups ?? []).map((group) => group?.name)).map(({ index, first, name }) => ({
    path: `featureStore.groups[${index}].name`,
    message: `${show(name)} is the table ${googleName(name)} on Google Cloud, and so is featureStore.groups[${first}]; rename one of them`,
  })),
);

const featureNamesApart = onGoogle(['featureStore'], ({ featureStore }) =>
  (featureStore?.groups ?? []).flatMap((group, i) => {
    const columns = columnsOf(group);
    return repeatedOnGoogle(columns.map(({ name }) => name)).map(({ index, first, name }) => ({
      path: `featureStore.groups[${i}].${columns[index].key}`,
      message: `${show(name)} is the column ${googleName(name)} on Google Cloud, and so is ${columns[first].key}; rename one of them`,
    }));
  }),
);

type Group = NonNullable<NonNullable<ConfigDraft['featureStore']>['groups']>[number];

/** What becomes a column, and where the config says so; record identifier and event time may be listed as features too. */
function columnsOf(group: Group): { key: string; name?: string }[] {
  const keys = ['recordIdentifier', 'eventTime'] as const;
  return [
    ...keys.map((key) => ({ key, name: group?.[key] })),
    ...(group?.features ?? []).map((feature, j) => ({ key: `features[${j}].name`, name: feature?.name })),
  ];
}

/** Vertex AI would take the column for the time of the record, which it is only as `eventTime`. */
const timestampFree = onGoogle(['featureStore'], ({ featureStore }) =>
  (featureStore?.groups ?? []).flatMap((group, i) =>
    columnsOf(group)
      .filter(({ name }) => name !== undefined && name !== group?.eventTime && googleName(name) === FEATURE_TIMESTAMP)
      .map(({ key, name }) => ({
        path: `featureStore.groups[${i}].${key}`,
        message: `got ${show(name)}, which Vertex AI takes for the time of a record; rename it, or make it the eventTime`,
      })),
  ),
);

/** Names that BigQuery would take for one, though the config tells them apart. */
function repeatedOnGoogle(names: readonly (string | undefined)[]): { index: number; first: number; name: string }[] {
  const mapped = repeated(names.map((name) => name && googleName(name)));
  const differ = mapped.filter(({ index, first }) => names[index]!.toLowerCase() !== names[first]!.toLowerCase());
  return differ.map(({ index, first }) => ({ index, first, name: names[index]! }));
}

/** What Google Cloud cannot do. */
export const GOOGLE_RULES: readonly Rule[] = [
  servingModes,
  servingMachine,
  wholePercents,
  offlineStore,
  groupNamesApart,
  featureNamesApart,
  timestampFree,
];
