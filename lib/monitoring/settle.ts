/** What a run makes of the monitor's record: states change with hysteresis, and a change is told once. */
import type { DriftJudgement } from '../statistics/drift/judgement';
import type { QualityJudgement } from '../statistics/quality/quality';
import type { MonitorRecord, MonitorRun, MonitorState, RunChange } from './record';
import { withRun } from './record';

/** What a run saw. */
export interface SeenRun {
  /** A run with an id that is known already is the same run again. */
  readonly id: string;
  /** The end of its window, ISO 8601: runs are ordered by it. */
  readonly at: string;
  /** Length of its window. */
  readonly windowHours: number;
  readonly judgement: DriftJudgement;
  /** Where quality is monitored. */
  readonly quality?: QualityJudgement;
  /** Model version whose traffic it is; absent where versions are not told apart. */
  readonly model?: string;
  /** Where the report lies. */
  readonly report?: string;
}

/** A state that began or ended and that people are told of. */
export interface StateChange {
  readonly what: 'drift' | 'quality';
  readonly state: MonitorState;
  readonly previousState: MonitorState;
  /** When the state began, ISO 8601. */
  readonly since: string;
  /** Number of the episode: with the state it tells a repeated change from a new one. */
  readonly incident: number;
  readonly reason: string;
  readonly model?: string;
  /** At most 20. */
  readonly driftedColumns: readonly string[];
  readonly maxDrift: number;
  readonly driftedShare: number;
  readonly report?: string;
}

/** The record after a run, and the changes to tell. */
export interface SettledRun {
  readonly record: MonitorRecord;
  readonly changes: readonly StateChange[];
}

/**
 * A run is calm when the largest statistic is below this share of its threshold. Drift is over when all runs of a whole
 * window's length have been calm, so that none of them shares an hour with a run that was not. Otherwise a column that lies at
 * its threshold, which moves with what the rows of each window are worth, would raise an alarm again and again.
 */
const CALM = 0.8;

const MILLISECONDS_PER_HOUR = 3_600_000;

/**
 * Settles a run. A run that is settled already leaves the record as it is and has the same changes again, so that a crash
 * between record and event loses no event. A run whose window ends before that of an earlier one is listed and changes no state.
 */
export function settleRun(record: MonitorRecord, seen: SeenRun): SettledRun {
  const known = record.runs.find(({ id }) => id === seen.id);
  if (known && known.failure === undefined) return { record, changes: changesOf(known, seen.model) };
  const run = { ...runOf(record, seen), ...(known?.changed && { changed: known.changed }) };
  const late = record.runs.some(({ id, at }) => id !== seen.id && Date.parse(at) > Date.parse(seen.at));
  if (late) return { record: withRun(record, run), changes: [] };
  const { changed, ...states } = settledStates(record, seen);
  const told = [...(run.changed ?? []), ...changed];
  const settled = withRun({ ...record, ...states }, { ...run, ...(told.length > 0 && { changed: told }) });
  // As it is listed, so that the same run tells the same again.
  const listed = settled.runs.find(({ id }) => id === seen.id)!;
  return { record: settled, changes: changesOf(listed, seen.model) };
}

function runOf(record: MonitorRecord, { id, at, judgement, quality, model, report }: SeenRun): MonitorRun {
  const { verdict, rows, maxDrift, driftedShare } = judgement;
  const reason = verdict === 'notEnoughData' ? withGap(record, judgement.reason) : judgement.reason;
  const other = record.model !== undefined && isOther(record, model);
  return {
    id,
    at,
    verdict,
    reason: other ? `another model serves than before: ${reason}` : reason,
    rows,
    maxDrift,
    driftedShare,
    driftedColumns: columnsOf(judgement),
    ...(quality && { quality: { verdict: quality.verdict, value: quality.value, reason: quality.reason } }),
    ...(report !== undefined && { report }),
  };
}

const isOther = (record: MonitorRecord, model: string | undefined) => model !== undefined && model !== record.model;

/** Worst first, each once; what vanished or changed its type before all. */
function columnsOf({ schema, findings }: DriftJudgement): string[] {
  return [...new Set([...schema, ...findings].filter(({ drifted }) => drifted).map(({ name }) => name))];
}

/** Says since when there has been no verdict: silence could be taken for health. */
function withGap({ runs }: MonitorRecord, reason: string): string {
  const last = runs.find(({ verdict }) => verdict !== 'notEnoughData');
  return `${reason} (${last ? `the last verdict is of ${last.at}` : 'there has been no verdict yet'})`;
}

type States = Pick<MonitorRecord, 'state' | 'since' | 'calmSince' | 'incident' | 'quality' | 'qualitySince' | 'model'>;

/** The states after a run. What is known of one model says nothing about the next: another model begins as unknown. */
function settledStates(record: MonitorRecord, seen: SeenRun): States & { readonly changed: readonly RunChange[] } {
  const { model = record.model, at } = seen;
  const other = isOther(record, seen.model);
  const { wanted, calmSince } = calmed(record, seen, other);
  const drift = moved(record.state, other, wanted);
  const quality = moved(record.quality, other, seen.quality ? wantedQuality(seen.quality) : 'same');
  const changed: RunChange[] = [];
  let { incident } = record;
  for (const [what, { from, to, told }] of [
    ['drift', drift],
    ['quality', quality],
  ] as const) {
    if (!told) continue;
    if (to === 'drift') incident++;
    changed.push({ what, from, to, incident });
  }
  const since = drift.begins ? at : record.since;
  const qualitySince = quality.begins ? at : record.qualitySince;
  return { state: drift.to, since, calmSince, incident, quality: quality.to, qualitySince, model, changed };
}

/** What a run asks for, and since when runs have been calm: drift ends after a window's length of them. */
function calmed({ state, calmSince }: MonitorRecord, { judgement, at, windowHours }: SeenRun, other: boolean) {
  const wanted = wantedDrift(judgement);
  if (other || state !== 'drift') return { wanted, calmSince: undefined };
  if (wanted === 'same') return { wanted, calmSince };
  if (wanted !== 'ok') return { wanted, calmSince: undefined };
  const since = calmSince ?? at;
  const over = Date.parse(at) - Date.parse(since) >= windowHours * MILLISECONDS_PER_HOUR;
  return over ? { wanted, calmSince: undefined } : ({ wanted: 'calming', calmSince: since } as const);
}

/** How a state moves. */
interface Move {
  readonly from: MonitorState;
  readonly to: MonitorState;
  readonly begins: boolean;
  /** Whether people are told: when drift begins and when it ends. That all is well for the first time is no news. */
  readonly told: boolean;
}

function moved(before: MonitorState, other: boolean, wanted: 'drift' | 'ok' | 'calming' | 'same'): Move {
  const base = other ? 'unknown' : before;
  const calm = wanted === 'calming' ? (base === 'drift' ? 'drift' : 'ok') : wanted;
  const to = calm === 'same' ? base : calm;
  const from = to === 'drift' ? base : before;
  const begins = other || to !== before;
  return { from, to, begins, told: from !== to && (from === 'drift' || to === 'drift') };
}

/** What a verdict asks for: `calming` ends no drift, and begins none. */
function wantedDrift({ verdict, maxDrift }: DriftJudgement): 'drift' | 'ok' | 'calming' | 'same' {
  if (verdict === 'notEnoughData') return 'same';
  if (verdict === 'drift') return 'drift';
  return maxDrift < CALM ? 'ok' : 'calming';
}

/**
 * The judge calls a value poor only beyond a threshold that lies behind the limit by what chance explains. Quality is fine
 * again at the limit itself.
 */
function wantedQuality({ verdict, value, limit, threshold }: QualityJudgement): 'drift' | 'ok' | 'calming' | 'same' {
  if (verdict === 'notEnoughData' || value === null || threshold === null) return 'same';
  if (verdict === 'poor') return 'drift';
  const within = threshold < limit ? value >= limit : threshold > limit ? value <= limit : true;
  return within ? 'ok' : 'calming';
}

function changesOf(run: MonitorRun, model: string | undefined): StateChange[] {
  const { at, driftedColumns, maxDrift, driftedShare, report } = run;
  return (run.changed ?? []).map(({ what, from, to, incident }) => ({
    what,
    state: to,
    previousState: from,
    since: at,
    incident,
    reason: what === 'quality' ? (run.quality?.reason ?? run.reason) : run.reason,
    ...(model !== undefined && { model }),
    driftedColumns,
    maxDrift,
    driftedShare,
    ...(report !== undefined && { report }),
  }));
}
