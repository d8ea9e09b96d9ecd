import type { DriftVerdict } from '../statistics/drift/judgement';

/** How things stand, after hysteresis. */
export type MonitorState = 'unknown' | 'ok' | 'drift';

/** One thing that was decided, and why. Repeated ones are counted, not listed again. */
export interface MonitorDecision {
  /** When it was decided first, ISO 8601. */
  readonly at: string;
  readonly what: string;
  readonly why: string;
  /** What asked for it: a schedule, `command line`, an alarm. */
  readonly cause?: string;
  /** When it was decided last, and how often, where it was more than once. */
  readonly lastAt?: string;
  readonly times?: number;
}

/** A change of state that one run brought. A run that is repeated answers with the same. */
export interface RunChange {
  readonly what: 'drift' | 'quality';
  readonly from: MonitorState;
  readonly to: MonitorState;
  /** Number of the episode that began or ended. */
  readonly incident: number;
}

/** One run of the monitor. */
export interface MonitorRun {
  readonly id: string;
  /** The end of its window, ISO 8601. */
  readonly at: string;
  readonly verdict: DriftVerdict;
  readonly reason: string;
  readonly rows: number;
  readonly maxDrift: number;
  readonly driftedShare: number;
  /** At most 20; how many more drifted stands in `moreColumns`. */
  readonly driftedColumns: readonly string[];
  readonly moreColumns?: number;
  readonly quality?: {
    readonly verdict: 'poor' | 'fine' | 'notEnoughData';
    readonly value: number | null;
    readonly reason?: string;
  };
  /** The states that this run changed. */
  readonly changed?: readonly RunChange[];
  /** Where the report lies. */
  readonly report?: string;
  /** Why it did not come to its end. */
  readonly failure?: string;
}

/** A training that drift, or a person, started. */
export interface Retraining {
  /** One incident starts one: equal tokens are one retraining. */
  readonly token: string;
  readonly at: string;
  readonly cause: string;
  readonly why: string;
  /** The cloud's name of the execution; absent where it is not known whether it started. */
  readonly execution?: string;
}

/** All that is known about one monitor: one document, written as a whole under the condition that nobody else wrote. */
export interface MonitorRecord {
  readonly format: 1;
  readonly monitor: string;
  /** Counts the writes. */
  readonly revision: number;
  readonly state: MonitorState;
  /** When the state began, ISO 8601. */
  readonly since?: string;
  /** While it is `drift`: since when every run has been calm. */
  readonly calmSince?: string;
  /** Counts the episodes of drift and of poor quality: with the state it identifies an incident. */
  readonly incident: number;
  /** `drift` while it is poor. */
  readonly quality: MonitorState;
  readonly qualitySince?: string;
  /** Model whose traffic was judged last. */
  readonly model?: string;
  /** Newest first, at most 50. */
  readonly runs: readonly MonitorRun[];
  /** Newest first, at most 50. */
  readonly retrainings: readonly Retraining[];
  /** Newest first, at most 100. */
  readonly decisions: readonly MonitorDecision[];
}

/** How much of each list is kept. */
export const KEPT = { runs: 50, retrainings: 50, decisions: 100, columns: 20 } as const;

/**
 * Longest texts, in bytes. With the lists at their longest, and the names that clouds give at theirs, the document stays
 * below the 400 KB of an item in DynamoDB: 50 x 3,900 for runs, 100 x 900 for decisions, 50 x 1,200 for retrainings.
 */
const LONGEST = { reason: 500, column: 60, short: 100 } as const;

/** The record of a monitor that has not run yet. */
export function emptyMonitorRecord(name: string): MonitorRecord {
  return {
    format: 1,
    monitor: name,
    revision: 0,
    state: 'unknown',
    incident: 0,
    quality: 'unknown',
    runs: [],
    retrainings: [],
    decisions: [],
  };
}

/**
 * Reads a stored record. What a later version of this library added is kept as it is; what an earlier one did not know has
 * the value of an empty record.
 *
 * @throws when the text is no record of this monitor, or of a format that this version does not know
 */
export function parseMonitorRecord(name: string, text: string): MonitorRecord {
  const unreadable = (what: string) =>
    new Error(
      `the record of monitor ${name} cannot be read: ${what}; restore an earlier copy of it (tables keep point-in-time copies, buckets what was overwritten), or update the library`,
    );
  let stored: Partial<MonitorRecord> | null;
  try {
    stored = JSON.parse(text) as Partial<MonitorRecord> | null;
  } catch {
    throw unreadable('it is no JSON');
  }
  if (typeof stored !== 'object' || stored === null) throw unreadable('it is no JSON object');
  if (stored.format !== 1) throw unreadable(`got format ${JSON.stringify(stored.format)}, known: 1`);
  if (stored.monitor !== name) throw unreadable(`it is the record of ${JSON.stringify(stored.monitor)}`);
  const record = { ...emptyMonitorRecord(name), ...stored };
  const broken = (['runs', 'retrainings', 'decisions'] as const).find((list) => !Array.isArray(record[list]));
  if (broken !== undefined) throw unreadable(`its ${broken} are no list`);
  return record;
}

/**
 * The record with one more run, in its place by time. A run that is known already is not listed again: only that it failed
 * afterwards is noted, and one that failed may be repeated.
 */
export function withRun(record: MonitorRecord, run: MonitorRun): MonitorRecord {
  const known = record.runs.find(({ id }) => id === run.id);
  const { failure } = run;
  if (known && known.failure === undefined && failure === undefined) return record;
  const listed = known && failure !== undefined ? { ...known, failure: cut(failure, LONGEST.reason) } : shortened(run);
  const others = record.runs.filter(({ id }) => id !== run.id);
  const later = others.filter(({ at }) => Date.parse(at) > Date.parse(run.at));
  return { ...record, runs: [...later, listed, ...others.slice(later.length)].slice(0, KEPT.runs) };
}

function shortened(run: MonitorRun): MonitorRun {
  const { reason, driftedColumns, moreColumns = 0, quality, failure } = run;
  const more = moreColumns + Math.max(0, driftedColumns.length - KEPT.columns);
  const why = quality?.reason === undefined ? {} : { reason: cut(quality.reason, LONGEST.reason) };
  return {
    ...run,
    reason: cut(reason, LONGEST.reason),
    driftedColumns: driftedColumns.slice(0, KEPT.columns).map((name) => cut(name, LONGEST.column)),
    ...(more > 0 && { moreColumns: more }),
    ...(quality && { quality: { ...quality, ...why } }),
    ...(failure !== undefined && { failure: cut(failure, LONGEST.reason) }),
  };
}

/** The record with one more decision. The same as the last one is counted, not listed again. */
export function withDecision(record: MonitorRecord, decision: MonitorDecision): MonitorRecord {
  const { what, why, cause } = decision;
  const one: MonitorDecision = {
    ...decision,
    what: cut(what, LONGEST.short),
    why: cut(why, LONGEST.reason),
    ...(cause !== undefined && { cause: cut(cause, LONGEST.short) }),
  };
  const [last, ...earlier] = record.decisions;
  const same = last && last.what === one.what && last.why === one.why && last.cause === one.cause;
  const decisions = same
    ? [{ ...last, lastAt: one.at, times: (last.times ?? 1) + 1 }, ...earlier]
    : [one, ...record.decisions];
  return { ...record, decisions: decisions.slice(0, KEPT.decisions) };
}

/** A retraining whose texts have the lengths that are kept. */
export function shortRetraining(retraining: Retraining): Retraining {
  const { cause, why } = retraining;
  return { ...retraining, cause: cut(cause, LONGEST.short), why: cut(why, LONGEST.reason) };
}

// What JSON writes as six bytes; no person reads it anyway.
const UNREADABLE = /[\p{Cc}\p{Cs}]/gu;

const ELLIPSIS_BYTES = 3;

/** A text of at most so many bytes as JSON in UTF-8, cut between characters. */
function cut(text: string, longest: number): string {
  let [kept, bytes] = ['', 0];
  for (const character of text.replace(UNREADABLE, ' ')) {
    bytes += size(character);
    if (bytes > longest - ELLIPSIS_BYTES) return `${kept}…`;
    kept += character;
  }
  return kept;
}

function size(character: string): number {
  const code = character.codePointAt(0)!;
  if (character === '"' || character === '\\') return 2;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
