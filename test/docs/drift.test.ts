import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { monitorRows } from '../../bin/monitor-report';
import { analyzerDefinition, EVENT_SOURCE } from '../../lib/aws/drift/definition';
import { METRIC_NAMESPACE } from '../../lib/aws/drift/metrics';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import { DEFAULT_THRESHOLDS, DEFAULTS } from '../../lib/config/defaults';
import { TEST_COLUMNS } from '../../lib/config/drift-settings';
import type { MonitorRecord } from '../../lib/monitoring/record';
import { emptyMonitorRecord, KEPT, parseMonitorRecord } from '../../lib/monitoring/record';
import type { RetrainingQuestion, RetrainingWorld } from '../../lib/monitoring/retraining';
import { decideRetraining } from '../../lib/monitoring/retraining';
import { alphaPerRun } from '../../lib/statistics/drift/holm';
import { existingVpc, fullConfig } from '../aws/configs';
import { DRIFT_TABLES } from '../../lib/runtime/google-drift-contract';
import { declarationsIn } from './declarations';
import { expectTags } from './follow';
import { blocks, page, ROOT } from './pages';

const text = page('docs/drift.md');
const svg = page('docs/drift.svg');

/** The part of the page below a heading of the second or third level. */
const section = (heading: string) => text.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

/** The cells of the rows of a part's tables. */
const rows = (part: string) =>
  [...part.matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));

/** What stands between backticks. */
const code = (part: string) => [...part.matchAll(/`([^`]+)`/g)].map(([, word]) => word);

/** The code of first cells. */
const firstCells = (part: string) => rows(part).flatMap(([cell]) => code(cell));

const plainText = (part: string) => part.replace(/\s+/g, ' ');

function sourceOf(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
}

/** The words of a union of string literals that a type is called. */
function unionOf(file: string, name: string): string[] {
  const alias = sourceOf(file).statements.find((node) => ts.isTypeAliasDeclaration(node) && node.name.text === name);
  return [...alias!.getText().matchAll(/'(\w+)'/g)].map(([, word]) => word);
}

/** The number that a constant of a file is. */
function number(file: string, constant: string): number {
  const found = new RegExp(`const ${constant} = ([\\d_.]+)( \\* 1024 \\* 1024)?`).exec(sourceOf(file).text);
  return Number(found![1].replaceAll('_', ''));
}

const { States, TimeoutSeconds } = analyzerDefinition('arn:aws:lambda:eu-west-1:123456789012:function:f') as {
  readonly States: Readonly<Record<string, any>>;
  readonly TimeoutSeconds: number;
};

const children = Object.values(States).flatMap(({ ItemProcessor }) => Object.keys(ItemProcessor?.States ?? {}));

describe('docs/drift.svg', () => {
  const marked = (name: string) =>
    [...svg.matchAll(new RegExp(`<text class="${name}"[^>]*>([^<]+)<`, 'g'))].map(([, word]) => word);

  test('has the states of the definition with those of its children, and no other', () => {
    expect(marked('state').sort()).toEqual([...Object.keys(States), ...children].sort());
  });

  test('has every answer of plan, and the tasks that lead elsewhere', () => {
    const next = [...sourceOf('lib/runtime/drift-contract.ts').text.matchAll(/readonly next: (.*);/g)];
    const answers = [...next[0][1].matchAll(/'(\w+)'/g)].map(([, word]) => word);
    expect(States['What next?'].Choices.map(({ StringEquals }: any) => StringEquals)).toEqual(
      answers.filter((answer) => answer !== 'judge'),
    );
    expect([...new Set(marked('next'))].sort()).toEqual([...answers, States.Task.Choices[0].StringEquals].sort());
  });

  test('marks the states from which an error leads to Fail', () => {
    const drawn = [
      ...svg.matchAll(/<text class="state"[^>]*>([^<]+)<\/text>\s*<circle class="badge[^>]*>\s*<text[^>]*>F</g),
    ];
    const failing = Object.entries(States).filter(([, { Catch }]) => Catch?.[0].Next === 'Fail');
    expect(drawn.map(([, name]) => name).sort()).toEqual(failing.map(([name]) => name).sort());
  });

  test('follows light and dark, has a title, and loads nothing', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toMatch(/<title id="title">.+<\/title>/);
    expect(svg).not.toMatch(/<script|<image|@import|(href|src)="http/);
  });
});

/** What may hold a retraining back. */
interface Against {
  readonly record?: Partial<MonitorRecord>;
  readonly world?: Partial<RetrainingWorld>;
}

const startedOn = (...days: string[]): Against => ({
  record: {
    retrainings: days.map((day) => {
      return { token: day, at: `${day}T09:00:00Z`, cause: 'schedule', why: 'drift', execution: 'e' };
    }),
  },
});

/** What the analyzer answers on 25 November. */
function decided({ record, world }: Against, by: RetrainingQuestion['by'] = 'drift'): string {
  return decideRetraining({
    record: { ...emptyMonitorRecord('flight-delay'), state: 'drift', ...record },
    now: '2026-11-25T11:00:00Z',
    by,
    cause: 'schedule',
    why: 'drift',
    rules: DEFAULTS.retraining,
    world: { running: [], newSamples: { count: 20_000, how: 'by the manifest' }, ...world },
  }).why;
}

describe('docs/drift.md', () => {
  test('has what starts the analyzer', () => {
    const tasks = [...sourceOf('lib/runtime/drift-contract.ts').text.matchAll(/readonly task: (.*);/g)][0][1];
    const said = rows(section('A run')).flatMap(([, task]) => code(task ?? ''));
    expect(said.filter((word) => word !== 'task').sort()).toEqual(
      [...tasks.matchAll(/'(\w+)'/g)].map(([, t]) => t).sort(),
    );
  });

  test('has every test with its columns and default threshold', () => {
    const names = unionOf('lib/statistics/drift/judgement.ts', 'DriftTest');
    const said = rows(section('Tests')).filter(([cell]) => names.includes(code(cell)[0]));
    expect(Object.fromEntries(said.map(([cell, , , threshold]) => [code(cell)[0], Number(threshold)]))).toEqual(
      DEFAULT_THRESHOLDS,
    );
    const words: Record<string, string> = {
      numeric: 'numbers',
      'numeric,categorical': 'both',
      categorical: 'categories',
    };
    for (const [cell, columns] of said) {
      expect(columns, cell).toBe(words[TEST_COLUMNS[code(cell)[0] as keyof typeof TEST_COLUMNS].join()]);
    }
    const { numeric, categorical } = DEFAULTS.tests;
    expect(section('Tests')).toContain(`\`${numeric}\` is the default for numbers, \`${categorical}\` for categories`);
    const other = unionOf('lib/statistics/drift/judgement.ts', 'FindingTest');
    expect(code(section('Tests'))).toEqual(expect.arrayContaining(other));
  });

  test('has the numbers of the judge', () => {
    const drift = 'lib/statistics/drift';
    expect(section('Tests')).toContain(`a threshold of ${number(`${drift}/judge.ts`, 'SHARE_THRESHOLD')} on the diff`);
    expect(section('Tests')).toContain(`absent from ${number(`${drift}/schema.ts`, 'VANISHED') * 100} % of the rows`);
    expect(section('Tests')).toContain(`less than ${number(`${drift}/schema.ts`, 'FEW') * 100} %)`);
    const bins = plainText(section('Profiles and bins'));
    expect(bins).toContain(`at most ${number(`${drift}/coarse-bins.ts`, 'COARSE_BINS')} unions`);
    expect(bins).toContain(`hold ${number(`${drift}/coarse-bins.ts`, 'EXPECTED_ROWS')} effective rows`);
    expect(bins).toContain(`the ${number('lib/statistics/profile/bins.ts', 'QUANTILES')}-quantiles`);
    expect(bins).toContain(`the ${number('lib/statistics/profile/bins.ts', 'MAX_CATEGORIES')} most frequent`);
    expect(bins).toContain(`of which ${number('lib/statistics/profile/counts.ts', 'MAX_OTHERS')} names`);
    const worth = plainText(section('What rows are worth'));
    expect(worth).toContain(`as long as there are ${number(`${drift}/effective-size.ts`, 'FEWEST_DIFFERENCES')} diff`);
    const counts = plainText(section('When a difference counts'));
    expect(counts).toContain(`at most ${number(`${drift}/holm.ts`, 'LARGEST_ALPHA')}`);
    expect(counts).toContain(`below ${number('lib/monitoring/settle.ts', 'CALM')} of its threshold`);
    const { falseAlarmsPerYear, everyHours } = DEFAULTS.monitoring;
    expect(counts).toContain(`${(alphaPerRun(falseAlarmsPerYear, everyHours) * 10_000).toFixed(1)} in 10,000`);
    expect(alphaPerRun(1, 1)).toBe(1 / 8766);
  });

  test('has every measure of quality', () => {
    const named = firstCells(section('Quality')).sort();
    expect(named).toEqual(unionOf('lib/statistics/quality/quality.ts', 'QualityMetric').sort());
  });

  test('has every field of the record, and how much of it is kept', () => {
    const fields = rows(section('The record')).filter(([cell, , kept]) => /^`\w+`$/.test(cell) && /^\d*$/.test(kept));
    expect(fields.map(([cell]) => code(cell)[0])).toEqual(declarationsIn('lib/monitoring')('MonitorRecord'));
    const kept = Object.fromEntries(fields.map(([cell, , many]) => [code(cell)[0], Number(many)]));
    const { columns, ...lists } = KEPT;
    expect(kept).toMatchObject(lists);
    expect(section('The record')).toContain(`\`driftedColumns\` (${columns} of them)`);
  });

  test('shows a record that can be read, and that status shows', () => {
    const [sample] = blocks(text).filter(({ tags }) => 'record' in tags);
    const shown = monitorRows(parseMonitorRecord('flight-delay', sample.text)).map((row) => row.join(' '));
    expect(shown[0]).toBe('monitor flight-delay: drift since 2026-11-25 09:00 UTC');
    expect(shown.at(-1)).toContain('(3 times, last 2026-11-25 11:05 UTC)');
    const states = unionOf('lib/monitoring/record.ts', 'MonitorState');
    const [, holds] = rows(section('The record')).find(([cell]) => cell === '`state`')!;
    expect(code(holds)).toEqual(states);
  });

  test('shows an event with every field', () => {
    const [sample] = blocks(text).filter(({ tags }) => 'event' in tags);
    const event = JSON.parse(sample.text);
    const { Source } = States.Emit.ItemProcessor.States.PutEvent.Parameters.Entries[0];
    expect([event.source, event.source]).toEqual([Source, EVENT_SOURCE]);
    expect(event['detail-type']).toBe(event.detail.detailType);
    expect(Object.keys(event.detail)).toEqual(declarationsIn('lib/runtime')('DriftStateChange'));
    const types = [...sourceOf('lib/runtime/drift-contract.ts').text.matchAll(/readonly detailType: (.*);/g)][0][1];
    for (const [, type] of types.matchAll(/'([\w ]+)'/g)) expect(section('Events, metrics and alarms')).toContain(type);
  });

  test('has every metric', () => {
    const named = firstCells(section('Events, metrics and alarms'));
    expect(named.sort()).toEqual(unionOf('lib/runtime/drift-contract.ts', 'MonitorMetric').sort());
    expect(section('Events, metrics and alarms')).toContain(`namespace \`${METRIC_NAMESPACE}\``);
    expect(section('Events, metrics and alarms')).toContain(
      `the ${number('lib/runtime/aws/drift/metrics.ts', 'MOST_COLUMNS')} worst`,
    );
  });

  test('has what holds a retraining back, in its order, with the sentences of the code', () => {
    const against: readonly Against[] = [
      { world: { running: ['arn:…'] } },
      { world: { deploying: 'an A/B test of version 8 runs on flight-delay' } },
      { record: { state: 'ok' } },
      { world: { pending: 'version 8 waits for approval' } },
      startedOn('2026-11-25'),
      startedOn('2026-11-24', '2026-11-22', '2026-11-20'),
      { world: { newSamples: { count: 9_999, how: '2 new or changed files' } } },
    ];
    const said = rows(section('Retraining')).slice(2);
    expect(said.map(([, , sentence]) => code(sentence)[0])).toEqual(against.map((one) => decided(one)));
    const byPerson = against.map((one) => decided(one, 'person') !== 'drift');
    expect(said.map(([, person]) => person === 'yes')).toEqual(byPerson);
    against.slice(1).forEach((later, i) => {
      const both = {
        record: { ...later.record, ...against[i].record },
        world: { ...later.world, ...against[i].world },
      };
      expect(decided(both)).toBe(decided(against[i]));
    });
  });

  test('has the limits of the code', () => {
    const runtime = 'lib/runtime/aws/drift';
    const limits = section('Limits');
    expect(limits).toMatch(new RegExp(`^\\| an execution +\\| ${TimeoutSeconds / 3600} hours`, 'm'));
    const batch = `${number(`${runtime}/batches.ts`, 'MOST_BYTES')} MiB or ${number(`${runtime}/batches.ts`, 'MOST_FILES')} files`;
    for (const part of [limits, plainText(section('A run')), svg]) expect(part).toContain(batch);
    expect(limits).toContain(`${number('lib/runtime/monitored-window.ts', 'MOST_UNREADABLE') * 100} %`);
    expect(number(`${runtime}/baseline.ts`, 'MOST_UNREADABLE')).toBe(
      number('lib/runtime/monitored-window.ts', 'MOST_UNREADABLE'),
    );
    expect(limits).toMatch(new RegExp(`a page +\\| ${number('lib/monitoring/page/column-sections.ts', 'SHOWN')}, `));
    expect(limits).toContain(number('lib/readers/join.ts', 'LIMIT').toLocaleString('en'));
    expect(limits).toContain(`and ${number('lib/aws/spread-rights.ts', 'MOST_POLICIES')} policies`);
    expect(plainText(section('A run'))).toContain(
      `the ${number(`${runtime}/monitor-plan.ts`, 'CYCLE_HOURS')} hours before`,
    );
    expect(plainText(section('A run'))).toContain(`over for ${number(`${runtime}/hours.ts`, 'GRACE_MS')} minutes`);
    expect(section('A run')).toContain(`${States.Count.MaxConcurrency} at a time`);
    const [never, busy, always] = States.Plan.Retry;
    expect(never.MaxAttempts).toBe(0);
    expect(section('When something goes wrong')).toContain(
      `${always.MaxAttempts} times, from ${always.IntervalSeconds} seconds, doubling; where no function is free ${busy.MaxAttempts} times`,
    );
  });

  test('has the limits of the program on Google Cloud', () => {
    const drift = 'lib/runtime/google/program/drift';
    const part = plainText(section('On Google Cloud'));
    expect(part).toContain(`${number('lib/runtime/monitored-window.ts', 'MOST_UNREADABLE') * 100} %; with more`);
    expect(part).toContain(`keeps to ${number(`${drift}/work.ts`, 'MOST_CHARACTERS').toLocaleString('en')} characters`);
    expect(part).toContain(`up to ${number(`${drift}/jobs.ts`, 'MOST_ATTEMPTS')} times`);
    expect(part).toContain(`the ${number(`${drift}/hours.ts`, 'CYCLE_HOURS')} hours before it`);
    const joined = number(`${drift}/sql/quality.ts`, 'MOST_PREDICTIONS').toLocaleString('en');
    expect(part).toContain(`${joined}; beyond`);
    const minute = number('lib/google/drift/schedule.ts', 'MINUTE');
    expect(part).toContain(`${minute} minutes past the hour`);
    const [columns, figures] = [number(`${drift}/routines/summary.ts`, 'MOST_COLUMNS'), 8];
    expect(part).toContain(`at most ${columns + figures} of them`);
    const tables = [...section('On Google Cloud').matchAll(/`<monitor>_drift_(\w+)`/g)].map(([, name]) => name);
    expect(tables.sort()).toEqual(Object.keys(DRIFT_TABLES).sort());
  });

  test('says of every shell block that it needs an account', () => expectTags(blocks(text)));
});

describe('the costs of docs/drift.md', () => {
  const part = section('Costs');
  const table = rows(part);
  const cells = (name: string) => table.find(([cell]) => cell.includes(name))!;
  const dollars = (cell: string) => Number(/[\d.]+/.exec(cell.replaceAll('*', ''))![0]);

  test('count the states that a run of a monitor enters', () => {
    const quiet: Record<string, string> = { 'What next?': 'Count', 'For what?': 'Judge' };
    let [state, entered] = ['Task', 1];
    for (; States[state].Type !== 'Succeed'; entered++) {
      state = quiet[state] ?? States[state].Next ?? States[state].Default;
    }
    expect(part).toContain(`${entered} states of a run and its start`);
  });

  test('add up', () => {
    const names = ['Step Functions', 'Lambda', 'S3', 'DynamoDB', 'Metrics', 'Alarms'];
    const example = table.filter(([name, , third]) => names.includes(name) && third && /^\d+\.\d\d$/.test(third));
    expect(example.map(([name]) => name)).toEqual(names);
    const costs = example.map(([, , third]) => Number(third));
    const [states, lambda, s3, dynamodb, metrics, alarms] = costs;
    const [files, batches, seconds, columns, alarmMetrics] = [60, 1, 10, 9, 6];
    const runs = 720;
    const hours = DEFAULTS.monitoring.windowHours + number('lib/runtime/aws/drift/monitor-plan.ts', 'CYCLE_HOURS');
    expect(part).toContain(`2 × ${hours} + 46`);
    expect(states).toBeCloseTo(runs * (13 + 2 * batches) * 0.000025, 2);
    expect(lambda).toBeCloseTo(runs * (seconds * 1.7275 * 0.0000166667 + (3 + batches) * 0.0000002), 2);
    expect(s3).toBeCloseTo(runs * (40 * 0.000005 + (files + 2 * hours + 46) * 0.0000004) + 0.36 * 0.023, 2);
    expect(dynamodb).toBeCloseTo(runs * (200 * 0.000000625 + 100 * 0.000000125), 2);
    expect(metrics).toBeCloseTo((columns + 7) * 0.3 + runs * 0.00001, 2);
    expect(alarms).toBeCloseTo(alarmMetrics * 0.1, 2);
    const counting = states + lambda + s3 + dynamodb;
    const sum = costs.reduce((a, b) => a + b);
    expect(dollars(cells('**Sum**')[2])).toBeCloseTo(sum, 5);
    expect(part).toContain(`The counting itself costs ${counting.toFixed(2)}`);
    expect(part).toContain(`Thirty columns cost ${(sum + 21 * 0.3).toFixed(2)}`);
    for (const [name, hourly] of [
      ['ml.m5.large', 0.115],
      ['ml.m5.xlarge', 0.23],
    ] as const) {
      const [, month, times] = table.find((row) => row[0] === `\`${name}\`` && row[2])!;
      expect(dollars(month)).toBeCloseTo((720 * 5 * hourly) / 60, 2);
      expect(dollars(times)).toBe(Math.round(dollars(month) / counting));
    }
  });

  test('count the metrics of the code', () => {
    const all = unionOf('lib/runtime/drift-contract.ts', 'MonitorMetric');
    expect(all.length - 1).toBe(7); // column_drift is one for each column
  });
});

describe('docs/drift.md and the template', () => {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Stack');
  const pipeline = new MlopsPipeline(stack, 'Pipeline', { config: fullConfig(), vpc: existingVpc(stack) });
  const { analyzer } = pipeline.driftMonitor!;
  const resources = Template.fromStack(stack).toJSON().Resources as Record<string, any>;

  /** The actions that a role of the analyzer has, in policies beside it too. */
  function actionsOf(role: string, rights: string): string[] {
    const inside = (place: string) =>
      analyzer.node.findAll().filter(({ node }) => node.path.slice(analyzer.node.path.length + 1).startsWith(place));
    const ids = [...inside(`${role}/Resource`), ...inside(rights)].flatMap((one) =>
      'logicalId' in one ? [stack.resolve(one.logicalId) as string] : [],
    );
    const documents = ids.flatMap((id) => {
      const { Policies = [], PolicyDocument } = resources[id].Properties;
      return [...Policies.map((policy: any) => policy.PolicyDocument), ...(PolicyDocument ? [PolicyDocument] : [])];
    });
    const statements = documents.flatMap(({ Statement }) => Statement);
    return [...new Set<string>(statements.flatMap(({ Action }: any) => Action))].sort();
  }

  test.each([
    ['Function', 'Function/Role', 'FunctionRights'],
    ['State machine', 'MachineRole', 'MachineRights'],
    ['Events', 'EventRole', 'none'],
  ])('name the same actions of the role %s', (name, role, rights) => {
    const listed = rows(section('Permissions')).filter(([cell]) => cell === name);
    const actions = listed.flatMap(([, cell]) => code(cell));
    expect([...new Set(actions)].sort()).toEqual(actionsOf(role, rights));
  });

  test('name the same memory, table and failures', () => {
    const functions = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
    const sizes = functions.map(({ Properties }) => [Properties.MemorySize, Properties.Timeout]);
    const [memory, seconds] = sizes.find(([size]) => size === 1769)!;
    expect(section('Limits')).toContain(`${seconds / 60} minutes, ${memory.toLocaleString('en')} MB`);
    expect(Object.keys(resources).some((id) => id.startsWith('MlopsMonitorRecords'))).toBe(true);
    expect(section('The record')).toContain('`MlopsMonitorRecords`');
  });
});
