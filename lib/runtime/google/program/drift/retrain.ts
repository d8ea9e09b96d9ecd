/** Decides on a retraining, and starts it. */
import type { MonitorRecord } from '../../../../monitoring/record';
import { withDecision } from '../../../../monitoring/record';
import type { RetrainingAnswer, RetrainingQuestion, RetrainingWorld } from '../../../../monitoring/retraining';
import { decideRetraining, withExecution, withIntent } from '../../../../monitoring/retraining';
import { hashText } from '../../../../statistics/profile/hash';
import type { Ending, Requesting } from '../protocol';
import { ask, bodyOf, ifAny } from '../turn';
import { query, urlOf } from '../urls';
import { vertexUrl } from '../vertex';
import type { Carry } from './carry';
import { DriftFailure } from './errors';
import { entry } from './tell';
import { deployerRecord, deployment } from './traffic';
import type { Work } from './work';
import { causeOf, read, to, write } from './work';

/** An execution of the training workflow. */
interface Execution {
  readonly name: string;
  readonly state?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The label of an execution that a retraining became: found by it, even if nobody noted the execution. */
const LABEL = 'retraining';

/** Two hashes of a token: a label's value has 63 characters, lower-case letters, digits and dashes. */
const labelOf = (token: string): string =>
  [token, `${token}#`].map((text) => hashText(text).toString(16).padStart(8, '0')).join('-');

const isPerson = ({ argument }: Work): boolean => argument.task === 'retrain';

/** What is asked of a retraining; drift first finds out how much data is new. */
export function* askRetraining(work: Work, carry: Carry): Requesting<Ending> {
  const { settings } = work;
  if (!settings.retraining || !carry.rules.retraining) {
    throw new DriftFailure(
      `nothing is retrained by ${settings.monitor}: the config has no retraining, or it is switched off`,
    );
  }
  if (!isPerson(work)) return to('findTraining', carry);
  return to('decide', { ...carry, newSamples: { count: null, how: 'a person asked' } });
}

/**
 * Decides, and starts the training workflow. That it is about to start is written before it is asked for: whoever comes after a crash
 * finds the intent, and the execution by its label.
 */
export function* decide(work: Work, carry: Carry): Requesting<Ending> {
  const executions = yield* newestExecutions(work);
  const before = yield* read(work);
  const noted = withNoted(before.record, executions);
  const world = yield* observe(work, carry, executions, noted);
  const cause = causeOf(work);
  const by = isPerson(work) ? 'person' : 'drift';
  const asked = { now: carry.startedAt, by, cause, rules: carry.rules.retraining!, world } as const;
  const answer =
    decidedBefore(noted, asked.now) ?? decideRetraining({ ...asked, record: noted, why: whyOf(work, noted) });
  const told = withDecision(noted, { at: asked.now, what: answer.what, why: answer.why, cause });
  const intent = { token: answer.token, at: asked.now, cause, why: answer.why };
  yield* write(work, before, { ...before.record, ...(answer.start ? withIntent(told, intent) : told) });
  if (!answer.start) return to('finish', { ...carry, notes: [...carry.notes, `${answer.what}: ${answer.why}`] });
  return to('start_training', { ...carry, retraining: answer.token });
}

/** What this execution has decided before: it goes on where a start was not noted. */
function decidedBefore({ retrainings }: MonitorRecord, now: string): RetrainingAnswer | undefined {
  const mine = retrainings.find(({ at, execution }) => at === now && execution === undefined);
  return mine && { start: true, token: mine.token, what: 'retrain', why: mine.why };
}

/** Starts the workflow, if no execution has the retraining's label, and notes the execution. */
export function* startTraining(work: Work, carry: Carry): Requesting<Ending> {
  const token = carry.retraining!;
  const before = yield* read(work);
  const { why = '' } = before.record.retrainings.find((one) => one.token === token) ?? {};
  const standing = (yield* newestExecutions(work)).find(({ labels }) => labels?.[LABEL] === labelOf(token));
  const execution = standing?.name ?? (yield* start(work, token, why));
  if (execution === undefined) return lookAgain(carry);
  yield* write(work, before, { ...before.record, ...withExecution(before.record, token, execution) });
  const reason = `a retraining started: ${why}`;
  const log = [entry('NOTICE', { monitor: work.settings.monitor, event: 'retraining', reason })];
  return { ...to('finish', { ...carry, retraining: execution, notes: [...carry.notes, reason] }), log };
}

/** Times that the start is asked for, when no answer says whether it took effect. */
const MOST_STARTS = 5;

/** Whether an execution has begun is seen by its label, a while later. */
function lookAgain(carry: Carry): Ending {
  const starts = (carry.starts ?? 0) + 1;
  if (starts < MOST_STARTS) return to('start_training', { ...carry, starts }, 30);
  throw new DriftFailure('the training workflow does not answer; the next run looks whether it has begun');
}

/** The execution; nothing where it is not known whether there is one. */
function* start({ settings }: Work, token: string, why: string): Requesting<string | undefined> {
  const url = `${urlOf(settings, 'executions')}/v1/${settings.retraining!.workflow}/executions${query({ fields: 'name' })}`;
  const argument = JSON.stringify({ retraining: token, why });
  const body = { argument, labels: { [LABEL]: labelOf(token) } };
  const request = { method: 'POST', url, body, once: true } as const;
  const answer = yield* ask(request);
  if (answer.status === 0 || answer.status >= 500) return undefined;
  return bodyOf<{ name: string }>(request, answer).name;
}

/** The newest executions of the training workflow, newest first: those that are in flight are among them. */
function* newestExecutions({ settings }: Work): Requesting<readonly Execution[]> {
  const { workflow } = settings.retraining!;
  const parameters = query({ view: 'FULL', pageSize: '100', fields: 'executions(name,state,labels)' });
  const url = `${urlOf(settings, 'executions')}/v1/${workflow}/executions${parameters}`;
  const found = yield* ifAny<{ executions?: Execution[] }>({ method: 'GET', url });
  if (!found) throw new DriftFailure(`there is no training workflow ${workflow}; deploy the stack that has it`);
  return found.executions ?? [];
}

/** The record with executions that were started and whose start was not noted: a run ended in between. */
function withNoted<R extends MonitorRecord>(record: R, executions: readonly Execution[]): R {
  const open = record.retrainings.filter(({ execution }) => execution === undefined);
  return open.reduce((sum, { token }) => {
    const found = executions.find(({ labels }) => labels?.[LABEL] === labelOf(token));
    return found ? { ...sum, ...withExecution(sum, token, found.name) } : sum;
  }, record);
}

function whyOf(work: Work, { state, since, quality, qualitySince, runs: [last] }: MonitorRecord): string {
  if (isPerson(work)) return work.argument.why ?? `asked for by a person (${causeOf(work)})`;
  const reasons = [
    ...(state === 'drift' ? [`drift since ${since}: ${last?.reason ?? 'no reason is on record'}`] : []),
    ...(quality === 'drift'
      ? [`poor quality since ${qualitySince}: ${last?.quality?.reason ?? 'no reason is on record'}`]
      : []),
  ];
  return reasons.join('; ');
}

type World = RetrainingQuestion['world'] & RetrainingWorld;

function* observe(
  work: Work,
  carry: Carry,
  executions: readonly Execution[],
  record: MonitorRecord,
): Requesting<World> {
  const running = executions.filter(({ state }) => state === 'ACTIVE' || state === 'QUEUED').map(({ name }) => name);
  const deployer = yield* deployerRecord(work);
  const deploying = deployer && deployment(deployer);
  const pending = isPerson(work) ? undefined : yield* waiting(work, record.retrainings[0]?.at);
  return {
    running,
    newSamples: carry.newSamples!,
    ...(deploying !== undefined && { deploying }),
    ...(pending !== undefined && { pending }),
  };
}

interface Version {
  readonly versionId: string;
  readonly versionAliases?: readonly string[];
  readonly versionCreateTime?: string;
  readonly versionDescription?: string;
}

/** The newest versions of the model, newest first. */
export function* newestVersions({ settings }: Work): Requesting<Version[]> {
  const fields = 'models(versionId,versionAliases,versionCreateTime,versionDescription)';
  const parameters = { pageSize: '20', orderBy: 'create_time desc', fields };
  const url = vertexUrl(settings, `${settings.retraining!.model}:listVersions`, parameters);
  const found = (yield* ifAny<{ models?: Version[] }>({ method: 'GET', url }))?.models ?? [];
  return [...found].sort((a, b) => Number(b.versionId) - Number(a.versionId));
}

/** A version that came of the last retraining, or after it, and that nobody has approved. */
function* waiting(work: Work, since: string | undefined): Requesting<string | undefined> {
  const [newest] = yield* newestVersions(work);
  if (since === undefined || newest?.versionCreateTime === undefined) return undefined;
  const decided = (newest.versionAliases ?? []).some((alias) => alias === 'approved' || alias === 'champion');
  const later = Date.parse(newest.versionCreateTime) >= Date.parse(since);
  return later && !decided ? `version ${newest.versionId} waits for approval` : undefined;
}
