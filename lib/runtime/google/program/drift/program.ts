/** The drift program of one monitor: compares what the model is asked with what it was trained on. */
import { withDecision, withRun } from '../../../../monitoring/record';
import type { MonitorRun } from '../../../../monitoring/record';
import type { DriftResult, GoogleMonitorRules } from '../../../google-drift-contract';
import type { Activity, Ending, Program, Requesting } from '../protocol';
import { startingOver } from '../record-store';
import { readObject, WrittenByAnother } from '../storage';
import { inWords } from '../turn';
import type { Carry } from './carry';
import { bins, check, countRows, findData, findNames, nextGroup, readNames } from './baseline-work';
import { hourStart, rangesOfRun } from './hours';
import { wait } from './jobs';
import * as monitor from './monitor';
import { findTraining, listNew } from './new-data';
import { compose, pageUri, publish, publishAlone, publishProfile, upload } from './publish';
import { askRetraining, decide, startTraining } from './retrain';
import { settle } from './settle';
import { announce, entry } from './tell';
import type { Work } from './work';
import { causeOf, claim, read, released, runId, to, workOf, write } from './work';

type Part = (work: Work, carry: Carry) => Requesting<Ending>;

const PARTS: Readonly<Record<string, Part>> = {
  copy: monitor.copy,
  trim: monitor.trim,
  plan: monitor.plan,
  takeOver: monitor.takeOver,
  findHours: monitor.findHours,
  count: monitor.count,
  findLabels: monitor.findLabels,
  joinLabels: monitor.joinLabels,
  findPrevious: monitor.findPrevious,
  judge: monitor.judge,
  summarize: monitor.summarize,
  ...{ settle, publish, publishAlone, publishProfile, upload, compose, announce },
  ...{ retrain: askRetraining, findTraining, listNew, decide, start_training: startTraining },
  ...{ findData, findNames, readNames, makeBins: bins, countRows, nextGroup, check },
  finish,
};

/** Every activity may run again after its answer was lost, and starts over when another has written the record. */
export const drift: Program = {
  ...Object.fromEntries(
    Object.entries(PARTS).map(([name, part]) => [
      name,
      startingOver(
        name,
        failing((context, carry) => part(workOf(context), carry as Carry)),
      ),
    ]),
  ),
  wait: failing(wait),
  start: startingOver('start', start),
  fail: startingOver('fail', fail),
};

/** What is thrown in an activity ends the run, and is recorded and told. */
function failing(activity: Activity): Activity {
  return function* (context, carry) {
    try {
      return yield* activity(context, carry);
    } catch (error) {
      if (error instanceof WrittenByAnother) throw error;
      return to('fail', { ...(carry as Carry), failure: inWords(error) });
    }
  };
}

/** Activities that tasks begin with. */
const TASKS = { monitor: 'copy', baseline: 'findData', retrain: 'retrain' } as const;

/** Takes the lease and reads the rules. Another run that is at work does the same soon enough. */
function* start(...[context]: Parameters<Activity>): Requesting<Ending> {
  const work = workOf(context);
  const { task = 'monitor' } = work.argument;
  const first = Object.entries(TASKS).find(([name]) => name === task)?.[1];
  if (first === undefined) return { failure: `got the task "${task}", allowed: ${Object.keys(TASKS).join(', ')}` };
  const other = yield* claim(work);
  if (other !== undefined) {
    if (task === 'monitor') return { result: { reason: `${other} is at work` } satisfies DriftResult };
    return { next: { activity: 'start', waitSeconds: 30 } };
  }
  const stored = yield* readObject(work.settings, { bucket: work.settings.bucket, name: work.settings.rules });
  if (!stored) return { failure: `there are no rules ${work.settings.rules}; deploy the stack` };
  const rules = JSON.parse(stored.text) as GoogleMonitorRules;
  return to(first, { startedAt: work.now, rules, bytes: 0, notes: [] });
}

/** Frees the lease, and answers. */
function* finish(work: Work, carry: Carry): Requesting<Ending> {
  const before = yield* read(work);
  yield* write(work, before, released(work, before.record));
  const result: DriftResult = {
    reason: [carry.summary?.judgement.reason, ...(carry.baseline?.notes ?? []), ...carry.notes]
      .filter(Boolean)
      .join('; '),
    bytesScanned: carry.bytes,
    ...(carry.baseline && {
      baseline: `gs://${work.settings.bucket}/${work.settings.folder}baselines/${carry.baseline.making.baseline}.json`,
    }),
    ...(carry.summary && { report: pageUri(work, carry) }),
    ...(carry.retraining !== undefined && { retraining: carry.retraining }),
  };
  return { result };
}

/** Records a failure and tells people. A monitor that fails at every run for the same reason says so once. */
function* fail(...[context, carried]: Parameters<Activity>): Requesting<Ending> {
  const [work, carry] = [workOf(context), carried as Carry];
  const { failure = 'failed for no reason that is known' } = carry;
  const before = yield* read(work);
  const { task = 'monitor' } = work.argument;
  const record = released(work, before.record);
  const [last] = record.runs.filter(({ id }) => id !== runId(work));
  const noted =
    task === 'monitor'
      ? withRun(record, failedRun(work, carry, failure))
      : withDecision(record, { at: carry.startedAt, what: `${task} failed`, why: failure, cause: causeOf(work) });
  yield* write(work, before, { ...record, ...noted });
  const told = task !== 'monitor' || last?.failure !== failure;
  const log = told ? [entry('ERROR', { monitor: work.settings.monitor, event: 'failure', reason: failure })] : [];
  return { log, failure };
}

function failedRun(work: Work, carry: Carry, failure: string): MonitorRun {
  const nothing = { rows: 0, maxDrift: 0, driftedShare: 0, driftedColumns: [] };
  const { to: end } = rangesOfRun(work, carry).window;
  return {
    id: runId(work),
    at: hourStart(end),
    verdict: 'notEnoughData',
    reason: 'the run failed',
    ...nothing,
    failure,
  };
}
