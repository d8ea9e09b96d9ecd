/** Whether a retraining starts now. Pure: what runs and what is new was looked up before. */
import { whole } from '../statistics/figures';
import type { MonitorRecord, Retraining } from './record';
import { KEPT, shortRetraining } from './record';

/** How often drift may start a retraining, and from how much new data on. */
export interface RetrainingRules {
  readonly cooldownHours: number;
  /** In any seven days. */
  readonly maxPerWeek: number;
  /** 0: however little there is. */
  readonly minimumNewSamples: number;
}

/** What was seen before the decision. */
export interface RetrainingWorld {
  /** Executions of the training pipeline that are in flight. */
  readonly running: readonly string[];
  /** In words, where the deployer is at work: `a rollout of version 8 runs`. */
  readonly deploying?: string;
  /** In words, where a version of an earlier retraining has not been approved or rejected: `version 8 waits for approval`. */
  readonly pending?: string;
  /** Rows since the last training, or null where that cannot be told; and how it was found, in words. */
  readonly newSamples: { readonly count: number | null; readonly how: string };
}

/** What is asked. */
export interface RetrainingQuestion {
  readonly record: MonitorRecord;
  /** ISO 8601. */
  readonly now: string;
  /** A person is not held back by what limits drift, but by what is in flight. */
  readonly by: 'drift' | 'person';
  /** What asked: `schedule`, `command line`. */
  readonly cause: string;
  /** Why it is asked for, in words. */
  readonly why: string;
  readonly rules: RetrainingRules;
  readonly world: RetrainingWorld;
}

/** What is decided. */
export interface RetrainingAnswer {
  readonly start: boolean;
  /** Equal tokens are one retraining: the cloud starts one, however often it is asked. */
  readonly token: string;
  readonly what: 'retrain' | 'not now';
  readonly why: string;
}

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** Decides, and says why. The first reason against it is told. */
export function decideRetraining(question: RetrainingQuestion): RetrainingAnswer {
  const { by, why, world } = question;
  const open = unfinished(question);
  const token = open?.token ?? newToken(question);
  const limits = by === 'drift' ? (over(question) ?? (open ? undefined : held(question))) : undefined;
  const against = inFlight(world) ?? limits;
  if (against !== undefined) return { start: false, token, what: 'not now', why: against };
  if (open) return { start: true, token, what: 'retrain', why: `again, since its start is not on record: ${open.why}` };
  const unsure = by === 'drift' && question.rules.minimumNewSamples > 0 && world.newSamples.count === null;
  return { start: true, token, what: 'retrain', why: unsure ? `${why}; ${uncounted(world)}` : why };
}

/** What is under way, by a person or by itself: a second training beside it would train on the same data. */
function inFlight({ running, deploying }: RetrainingWorld): string | undefined {
  if (running.length > 0) {
    const more = running.length > 1 ? ` and ${running.length - 1} more` : '';
    return `the training pipeline runs already: ${running[0]}${more}`;
  }
  return deploying;
}

/** An alarm may come late, when its drift has ended or another model serves. */
function over({ record: { state, quality } }: RetrainingQuestion): string | undefined {
  return state === 'drift' || quality === 'drift' ? undefined : 'there is no drift any more';
}

/** What holds a retraining back that no person asked for. */
function held(question: RetrainingQuestion): string | undefined {
  const { rules, world } = question;
  if (world.pending !== undefined) return `${world.pending}; approve or reject it first`;
  return cooling(question) ?? tooMany(question) ?? tooLittle(rules.minimumNewSamples, world);
}

/** Other trainings do not count: what they learnt from is not new any more, which is asked for by itself. */
function cooling({ record, now, rules }: RetrainingQuestion): string | undefined {
  const last = Math.max(...record.retrainings.map(({ at }) => Date.parse(at)));
  const end = last + rules.cooldownHours * HOUR;
  if (!(Date.parse(now) < end)) return undefined;
  return `the last retraining started at ${minute(last)}, and the cooldown is ${rules.cooldownHours} h: not before ${minute(end)}`;
}

/** No more are counted than are remembered. */
function tooMany({ record, now, rules }: RetrainingQuestion): string | undefined {
  const most = Math.min(rules.maxPerWeek, KEPT.retrainings);
  const within = record.retrainings.map(({ at }) => Date.parse(at)).filter((time) => Date.parse(now) - time < WEEK);
  if (within.length < most) return undefined;
  const oldest = within.sort((a, b) => b - a)[most - 1];
  return `${within.length} retrainings started within seven days, allowed: ${most}: not before ${minute(oldest + WEEK)}`;
}

function tooLittle(minimum: number, { newSamples: { count, how } }: RetrainingWorld): string | undefined {
  if (count === null || count >= minimum) return undefined;
  return `about ${rounded(count)} new samples (${how}), at least ${whole(minimum)} are wanted`;
}

/** Drift is certain and the count is not: the limits on how often keep the cost of a vain training low. */
const uncounted = ({ newSamples }: RetrainingWorld) => `how much data is new is not known (${newSamples.how})`;

/** Rounded down to one digit, so that most hourly runs say the same and are counted as one decision. */
function rounded(count: number): string {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, count)));
  return whole(Math.floor(count / unit) * unit);
}

/** `2026-11-25 15:42 UTC`. */
const minute = (time: number) => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/**
 * A retraining that was about to start, in a run that ended before it noted the execution. Within the cooldown it is the
 * same one; later it counts like one that ran.
 */
function unfinished({ record, now, rules }: RetrainingQuestion): Retraining | undefined {
  const [last] = record.retrainings;
  if (!last || last.execution !== undefined) return undefined;
  return Date.parse(now) - Date.parse(last.at) < rules.cooldownHours * HOUR ? last : undefined;
}

/**
 * Whoever decides on the same record has the same token; every decision that is written makes a new record. The day tells
 * the record of a monitor that was made anew from the one before. At least 32 characters, as SageMaker wants.
 */
function newToken({ record, now }: RetrainingQuestion): string {
  const { monitor, incident, revision } = record;
  return `retraining-${monitor.slice(0, 63)}-incident-${incident}-revision-${revision}-${now.slice(0, 10)}`;
}

/** The record with a retraining that is about to start: written before it is asked for. */
export function withIntent(record: MonitorRecord, retraining: Retraining): MonitorRecord {
  if (record.retrainings.some(({ token }) => token === retraining.token)) return record;
  const retrainings = [shortRetraining(retraining), ...record.retrainings].slice(0, KEPT.retrainings);
  return { ...record, retrainings };
}

/** The record with the execution that a retraining became. */
export function withExecution(record: MonitorRecord, token: string, execution: string): MonitorRecord {
  const retrainings = record.retrainings.map((one) => (one.token === token ? { ...one, execution } : one));
  return { ...record, retrainings };
}
