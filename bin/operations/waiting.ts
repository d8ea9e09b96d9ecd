import { setTimeout as pause } from 'node:timers/promises';
import type { DeploymentRecord, InFlight } from '../../lib/deployer/record';
import type { PersonRequest, SettledRequest } from '../../lib/deployer/requests';
import type { Arguments, Option } from '../command';
import { MisuseError, RefusedError } from '../command';
import type { Terminal } from '../terminal';
import { painter, writeLines } from '../terminal';
import type { Operations } from './operations';
import { work } from './texts';

/** The option that limits a wait. */
export const PATIENCE: Readonly<Record<string, Option>> = {
  timeout: { type: 'string', value: 'MINUTES', help: 'longest wait, with --wait (default: 60); then exit code 3' },
};

/** The minutes of `--timeout`. */
export function patience({ values }: Arguments): number {
  const given = values.timeout as string | undefined;
  if (given === undefined) return 60;
  if (!values.wait) throw new MisuseError('--timeout: limits a wait, so it needs --wait');
  const minutes = Number(given);
  if (given.trim() !== '' && minutes > 0 && minutes <= 10_000) return minutes;
  throw new MisuseError(`--timeout: got '${given}', allowed: minutes, above 0 and at most 10000`);
}

/** Between two looks, in milliseconds: soon at first, for what is settled at once. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 15_000;

/** What a look at the record finds: an answer, or what there is to wait for. */
export type Look<T> = { readonly answer: T } | { readonly waitsFor: string };

/** Looks until there is an answer. Says on standard error what it waits for, whenever that changes. */
export async function until<T>(look: () => Promise<Look<T>>, minutes: number, { stderr, env }: Terminal): Promise<T> {
  const end = Date.now() + minutes * 60_000;
  let said: string | undefined;
  for (let delay = FIRST_PAUSE; ; delay = Math.min(delay * 1.5, LONGEST_PAUSE)) {
    const seen = await look();
    if ('answer' in seen) return seen.answer;
    if (seen.waitsFor !== said) writeLines(stderr, [painter(stderr, env)('dim', (said = seen.waitsFor))]);
    const left = end - Date.now();
    if (left <= 0) throw new RefusedError(`not done after ${minutes} minutes, it goes on without this wait: ${said}`);
    await pause(Math.min(delay, left));
  }
}

/** A request that has been handed over. */
export interface Handed {
  readonly request: PersonRequest;
  readonly execution: string;
  readonly minutes: number;
  readonly terminal: Terminal;
}

/** Waits for what comes of a request. */
export function settlement(operations: Operations, handed: Handed): Promise<SettledRequest> {
  const { request, minutes, terminal } = handed;
  return until(() => lookFor(request, operations, handed.execution), minutes, terminal);
}

async function lookFor(
  request: PersonRequest,
  operations: Operations,
  execution: string,
): Promise<Look<SettledRequest>> {
  const seen = traceOf(request, await operations.record());
  if (seen) return seen;
  const end = await operations.end(execution);
  if (end === undefined) return { waitsFor: 'the deployer takes the request' };
  // It has ended by now, perhaps after the look: what it left stands in the record.
  const left = traceOf(request, await operations.record());
  if (left) return left;
  throw new RefusedError(`${request.kind} was not taken: the deployer's execution ${end}; see ${execution}`);
}

function traceOf({ id, kind }: PersonRequest, record: DeploymentRecord): Look<SettledRequest> | undefined {
  const answer = record.settled.find((one) => one.id === id);
  if (answer) return { answer };
  const waits = record.requests.some((one) => one.id === id);
  return waits ? { waitsFor: work(record) ?? `${kind} waits` } : undefined;
}

/** What a wait for rest saw. */
export interface Rest {
  readonly record: DeploymentRecord;
  /** Why what was asked for last, or was at work, did not succeed. */
  readonly failure?: string;
}

/** Waits until nothing is in flight, no request waits, and what the infrastructure has written is read. */
export async function rest(operations: Operations, minutes: number, terminal: Terminal): Promise<Rest> {
  let record: DeploymentRecord | undefined;
  let step: InFlight | undefined;
  const look = async (): Promise<Look<DeploymentRecord>> => {
    record = await operations.record();
    if (record.inFlight?.deployment) step = record.inFlight;
    const waitsFor = work(record) ?? (await operations.unread(record));
    return waitsFor === undefined ? { answer: record } : { waitsFor };
  };
  try {
    const last = await until(look, minutes, terminal);
    return { record: last, failure: failureOf(last, step) };
  } catch (error) {
    if (!(error instanceof RefusedError && record)) throw error;
    return { record, failure: error.message };
  }
}

/** Of the step that was seen, unless a request was settled after it; else of the last request. */
export function failureOf({ champion, test, settled, decisions }: DeploymentRecord, step?: InFlight) {
  const [last] = settled;
  if (!step || step.request !== undefined || (last && last.at > step.startedAt)) {
    return last && !last.done ? `${last.kind} was not done: ${last.outcome}` : undefined;
  }
  if ([champion?.id, test?.deployment.id].includes(step.deployment!.id)) return undefined;
  const decision = decisions.find(({ what }) => what === `${step.purpose}: failed`) ?? decisions[0];
  return `${step.purpose} was not done: ${decision?.why ?? 'for no known reason'}`;
}
