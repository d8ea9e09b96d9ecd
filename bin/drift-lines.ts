import type { DriftFinding, DriftJudgement } from '../lib/statistics/drift/judgement';
import type { ColumnBins, ColumnCounts, Counts, Damage } from '../lib/statistics/profile/profile';
import type { MadeProfile } from './drift-data';
import { plain } from './operations/texts';
import type { Painter } from './terminal';
import { columns } from './terminal';

/** Findings that are printed; all stand in the document and on the page. */
const SHOWN = 20;

/** What a comparison saw and concluded. */
export interface SeenDrift {
  readonly judgement: DriftJudgement;
  readonly baseline: Counts;
  readonly current: Counts;
  /** What was assumed. */
  readonly notes: readonly string[];
  /** File of the page. */
  readonly report?: string;
}

/** The document of `drift --json`. */
export function driftDocument({ judgement, current, notes }: SeenDrift): object {
  const { findings, driftedShare, verdict, reason, schema, rows, baselineRows, maxDrift } = judgement;
  return {
    ...{ features: findings, driftedShare, maxDrift, verdict, reason, schema, rows, baselineRows },
    ...{ damage: current.damage, notes },
  };
}

/** A table of the worst findings, the verdict and why. */
export function driftLines({ judgement, baseline, current, notes, report }: SeenDrift, paint: Painter): string[] {
  const { findings } = judgement;
  const more = findings.length - SHOWN;
  return [
    ...findingTable(findings.slice(0, SHOWN), paint),
    ...(more > 0 ? [paint('dim', `  and ${count(more, 'finding')} further from a threshold`)] : []),
    ...(findings.length > 0 ? [''] : []),
    ...verdictLines(judgement, baseline.columns.length, paint),
    ...[
      ...damageNotes('the baseline', baseline.damage),
      ...damageNotes('what is compared', current.damage),
      ...notes,
    ].map(note),
    ...(report === undefined ? [] : [`written to ${report}`]),
  ];
}

const note = (text: string) => `note: ${plain(text)}`;

function findingTable(findings: readonly DriftFinding[], paint: Painter): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map(({ name, test, statistic, threshold, pValue, drifted }) => [
    drifted ? '!' : ' ',
    ...[plain(name), test, figure(statistic), figure(threshold), chance(pValue)],
    drifted ? 'drift' : 'ok',
  ]);
  const [title, ...lines] = columns([[' ', 'column', 'test', 'statistic', 'threshold', 'p', ''], ...rows]);
  return [paint('dim', title), ...lines.map((line, i) => (findings[i].drifted ? paint('red', line) : line))];
}

/** The verdict, and why: a line for each difference. */
function verdictLines({ verdict, reason, findings, schema }: DriftJudgement, all: number, paint: Painter): string[] {
  const told = schema.map((difference) => `  ${plain(difference.reason)}`);
  switch (verdict) {
    case 'drift': {
      const drifted = findings.filter((finding) => finding.drifted);
      const names = new Set([...drifted, ...schema.filter((difference) => difference.drifted)].map(({ name }) => name));
      const headline = `${paint('red', 'drift')} in ${names.size} of ${count(all, 'column')}`;
      return [headline, ...drifted.map((finding) => `  ${plain(finding.reason)}`), ...told];
    }
    case 'noDrift':
      return [paint('green', plain(reason)), ...told];
    case 'notEnoughData':
      return [`${paint('yellow', 'not enough data')}: ${plain(reason)}`, ...told];
  }
}

function damageNotes(where: string, { files, rows, examples }: Damage): string[] {
  if (files + rows === 0) return [];
  const parts = [files > 0 ? count(files, 'file') : '', rows > 0 ? count(rows, 'row') : ''].filter(Boolean);
  return [`${parts.join(' and ')} of ${where} could not be read`, ...examples.map((example) => `  ${example}`)];
}

/** What a profile holds, a line a column. */
export function profileLines({ profile, notes }: MadeProfile, out: string | undefined, paint: Painter): string[] {
  const { bins, counts, source } = profile;
  const rows = bins.map((column, i) => [
    `  ${plain(column.name)}`,
    ...columnCells(column, counts.columns[i], counts.rows),
  ]);
  const [title, ...lines] = columns([['  column', 'type', 'missing', 'values'], ...rows]);
  return [
    paint('bold', `${source}: ${count(counts.rows, 'row')} in ${count(counts.files, 'file')}`),
    paint('dim', title),
    ...lines,
    ...[...damageNotes('the data', counts.damage), ...unknown(counts), ...notes].map(note),
    ...(out === undefined ? [] : [`written to ${out}`]),
  ];
}

function columnCells(bins: ColumnBins, counts: ColumnCounts, rows: number): string[] {
  const { absent, missing, invalid, least, greatest } = counts;
  const lacking = absent + missing + invalid;
  const share = lacking === 0 ? '-' : `${figure((100 * lacking) / rows)} %`;
  if (bins.type === 'numeric') {
    return ['numeric', share, least === null ? 'none' : `${figure(least)} to ${figure(greatest!)}`];
  }
  const others = counts.counts.at(-1)! > 0 ? ' and others' : '';
  const first = bins.categories.slice(0, 3).map(plain).join(', ');
  return [
    'categorical',
    share,
    `${count(bins.categories.length, 'category', 'categories')}${others}: ${first}${bins.categories.length > 3 ? ', …' : ''}`,
  ];
}

function unknown({ unknownColumns }: Counts): string[] {
  return unknownColumns.length === 0 ? [] : [`not profiled: ${unknownColumns.join(', ')}`];
}

/** A figure in four digits. */
const figure = (value: number) => String(Number(value.toPrecision(4)));

const chance = (p: number) =>
  p >= 0.001 ? figure(Number(p.toPrecision(2))) : p === 0 ? '< 1e-300' : p.toExponential(0);

const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;
