/** Records how a step ended, and tells people. */
import { modelLabel } from '../../../../deployer/model';
import type { Decision, DeploymentRecord } from '../../../../deployer/record';
import { championModel } from '../../../../deployer/record';
import { settle } from '../../../../deployer/settle';
import type { DeploymentLog } from '../../../google-contract';
import type { Ending, LogEntry, Requesting } from '../protocol';
import { DONE } from './errors';
import type { Carry, Work } from './work';
import { readLeased, to, write } from './work';

/** Settles the step in flight, if there is one; come again it finds it settled, and tells the same. */
export function* settleStep(work: Work, { turn, outcome = DONE }: Carry): Requesting<Ending> {
  const before = yield* readLeased(work);
  const record = settle(before.record, outcome, work.now);
  yield* write(work, before, record);
  const log = record.untold.map((decision) => logEntry(record, decision));
  return { log, ...to('cleanUp', { turn, told: log.length }) };
}

/** What a log-based alert finds: failures, and verdicts against a model. */
const SEVERITIES: readonly [RegExp, LogEntry['severity']][] = [
  [/failed$/, 'ERROR'],
  [/^(rolled back|repaired|deleted|undeployed|test ended|refused)/, 'WARNING'],
];

/** A decision that people are told of. */
export function logEntry(record: DeploymentRecord, { at, what, why, model }: Decision): LogEntry {
  const { endpoint } = record;
  const severity = SEVERITIES.find(([pattern]) => pattern.test(what))?.[1] ?? 'NOTICE';
  const serving = championModel(record);
  const state = serving ? `${modelLabel(serving.model)} serves` : 'no model serves';
  const message = `${endpoint}: ${what}${model === undefined ? '' : `, ${model}`}: ${why} (${state})`;
  const json: DeploymentLog = {
    deployment: { endpoint, what, why, at, ...(model !== undefined && { model }) },
    message,
  };
  return { severity, json };
}
