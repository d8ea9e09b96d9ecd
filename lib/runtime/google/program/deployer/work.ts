/** What an activity of the deployer works with: its settings, its argument, the record, the lease. */
import type { DeploymentRecord, InFlight } from '../../../../deployer/record';
import { emptyRecord, parseRecord } from '../../../../deployer/record';
import { after } from '../../../../deployer/world';
import type { DeployerArgument, DeployerSettings } from '../../../google-contract';
import { isActive } from '../executions';
import type { Context, Ending, Requesting } from '../protocol';
import type { Read, RecordKind } from '../record-store';
import { readRecord, writeRecord } from '../record-store';
import { DeploymentFailure, LeaseLost } from './errors';
import type { Outcome } from './errors';
import { trimmed } from './trim';

/** The surroundings of an activity. */
export interface Work extends Pick<Context, 'execution' | 'now'> {
  readonly settings: DeployerSettings;
  readonly argument: DeployerArgument;
}

/** What one activity hands over to the next. */
export interface Carry {
  /** Looks at the record so far: an execution ends after a while, the next one goes on. */
  readonly turn: number;
  /** Whether the policy's object was missing at the last look. */
  readonly policyGone?: boolean;
  /** The operation that is waited for, and how long. */
  readonly operation?: string;
  readonly deadline?: string;
  /** How the step in flight has ended. */
  readonly outcome?: Outcome;
  /** How many of the record's untold decisions have been logged. */
  readonly told?: number;
  /** What Vertex AI said when it was busy. */
  readonly busy?: string;
}

export function workOf({ execution, now, settings, argument }: Context): Work {
  return { execution, now, settings: settings as DeployerSettings, argument: argumentOf(argument) };
}

/** What an execution was started with. Of an event nothing counts but that it came. */
function argumentOf(argument: unknown): DeployerArgument {
  const given = (argument ?? {}) as DeployerArgument & { readonly data?: EventData };
  if (given.data === undefined) return { cause: 'schedule', ...given };
  return { cause: given.data.message?.attributes?.objectId === undefined ? 'approval' : 'policy' };
}

/** An event of a topic: notifications of Cloud Storage name the object in its attributes. */
interface EventData {
  readonly message?: { readonly attributes?: { readonly objectId?: string } };
}

/** The activity that follows. */
export function to(activity: string, carry: Carry, waitSeconds?: number): Ending {
  return { next: { activity, carry, ...(waitSeconds !== undefined && { waitSeconds }) } };
}

const POLL_SECONDS = 30;

/** Seconds between two looks. */
export const pollSeconds = ({ settings }: Work): number => settings.pollSeconds ?? POLL_SECONDS;

function kindOf({ bucket, folder, endpoint }: DeployerSettings): RecordKind<DeploymentRecord> {
  return {
    place: { bucket, name: `${folder}record/record.json` },
    empty: () => emptyRecord(endpoint),
    parse: (text) => parseRecord(endpoint, text),
    trim: trimmed,
  };
}

/** The record of the endpoint. */
export function read({ settings }: Work): Requesting<Read<DeploymentRecord>> {
  return readRecord(settings, kindOf(settings));
}

/** Writes the record over the one that was read. */
export function write({ settings }: Work, before: Read<DeploymentRecord>, record: DeploymentRecord): Requesting<void> {
  return writeRecord(settings, kindOf(settings), before, record);
}

/** A backstop only: a lease is free as soon as its execution is gone. Longer than an execution can last. */
const LEASE_MINUTES = 27 * 60;

/** Whether the execution may work on the endpoint: nobody has the lease, or nobody who is at work. */
export function* mayWork({ settings, execution, now }: Work, { lease }: DeploymentRecord): Requesting<boolean> {
  if (!lease || lease.execution === execution || lease.expiresAt < now) return true;
  return !(yield* isActive(settings, lease.execution));
}

/** The record with this execution's lease. */
export function leased(record: DeploymentRecord, { execution, now }: Work): DeploymentRecord {
  if (record.lease?.execution === execution) return record;
  return { ...record, lease: { execution, expiresAt: after(now, LEASE_MINUTES) } };
}

/** The record, for the execution that has the lease. @throws LeaseLost for any other */
export function* readLeased(work: Work): Requesting<Read<DeploymentRecord>> {
  const before = yield* read(work);
  if (before.record.lease?.execution === work.execution) return before;
  throw new LeaseLost(`this execution lost its lease on ${work.settings.endpoint}; another one goes on`);
}

/** The step in flight. */
export interface StepRead extends Read<DeploymentRecord> {
  readonly step: InFlight;
}

/** The step in flight, for the execution that has the lease. */
export function* stepInFlight(work: Work): Requesting<StepRead> {
  const before = yield* readLeased(work);
  const { inFlight: step } = before.record;
  if (!step) throw new DeploymentFailure(`no step is in flight on ${work.settings.endpoint}`);
  return { ...before, step };
}
