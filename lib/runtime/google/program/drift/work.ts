/** What an activity of the drift program works with: settings, argument, record, lease, and what it hands over. */
import type { MonitorRecord } from '../../../../monitoring/record';
import { emptyMonitorRecord, parseMonitorRecord } from '../../../../monitoring/record';
import type { DriftArgument, DriftSettings } from '../../../google-drift-contract';
import { isActive } from '../executions';
import type { Context, Ending, Requesting } from '../protocol';
import type { Read, RecordKind } from '../record-store';
import type { Carry } from './carry';
import { readRecord, writeRecord } from '../record-store';

/** The surroundings of an activity. */
export interface Work extends Pick<Context, 'execution' | 'now'> {
  readonly settings: DriftSettings;
  readonly argument: DriftArgument;
}

/** The record of a monitor, with who works on it. */
export interface LeasedRecord extends MonitorRecord {
  readonly lease?: { readonly execution: string };
}

export function workOf({ execution, now, settings, argument }: Context): Work {
  return { execution, now, settings: settings as DriftSettings, argument: (argument ?? {}) as DriftArgument };
}

/** The name of an execution: the last part of its full name. */
export const runId = ({ execution }: Pick<Work, 'execution'>): string =>
  execution.slice(execution.lastIndexOf('/') + 1);

/** What started the execution, for people. */
export const causeOf = ({ argument }: Work): string => argument.cause ?? 'schedule';

/** The activity that follows. */
export function to(activity: string, carry: Carry, waitSeconds?: number): Ending {
  return { next: { activity, carry, ...(waitSeconds !== undefined && { waitSeconds }) } };
}

/** Most characters of a record as JSON: a workflow holds it up to three times, in 512 KB of variables in all. */
const MOST_CHARACTERS = 60_000;

/** The record, small enough: the oldest of its lists goes first. */
function trimmed(record: LeasedRecord): LeasedRecord {
  const shares = [1, 0.5, 0.25, 0.1];
  const shorter = shares.map((share) => ({
    ...record,
    runs: record.runs.slice(0, Math.ceil(record.runs.length * share)),
    decisions: record.decisions.slice(0, Math.ceil(record.decisions.length * share)),
  }));
  return shorter.find((one) => JSON.stringify(one).length <= MOST_CHARACTERS) ?? shorter[shares.length - 1];
}

function kindOf({ bucket, folder, monitor }: DriftSettings): RecordKind<LeasedRecord> {
  return {
    place: { bucket, name: `${folder}record/record.json` },
    empty: () => emptyMonitorRecord(monitor),
    parse: (text) => parseMonitorRecord(monitor, text),
    trim: trimmed,
  };
}

export function read({ settings }: Work): Requesting<Read<LeasedRecord>> {
  return readRecord(settings, kindOf(settings));
}

export function write({ settings }: Work, before: Read<LeasedRecord>, record: LeasedRecord): Requesting<void> {
  return writeRecord(settings, kindOf(settings), before, record);
}

/** Takes the lease, unless an execution that is at work has it: its name. */
export function* claim(work: Work): Requesting<string | undefined> {
  const before = yield* read(work);
  const { execution } = work;
  const other = before.record.lease?.execution;
  if (other !== undefined && other !== execution && (yield* isActive(work.settings, other))) return other;
  yield* write(work, before, { ...before.record, lease: { execution } });
  return undefined;
}

/** The record without this execution's lease. */
export function released(work: Work, record: LeasedRecord): LeasedRecord {
  const { lease, ...free } = record;
  return lease?.execution === work.execution ? free : record;
}

/** Whether no later window has been judged: a run over an older one neither replaces its report nor acts. */
export const isNewest = (work: Work, { runs }: MonitorRecord): boolean => runs[0]?.id === runId(work);
