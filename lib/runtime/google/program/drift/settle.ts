/** What a run makes of the monitor's record. */
import { settleRun } from '../../../../monitoring/settle';
import type { Ending, Requesting } from '../protocol';
import type { Carry } from './carry';
import { hourStart, rangesOfRun } from './hours';
import { summaryOfRun } from './monitor';
import { pageUri } from './publish';
import { notEnough } from '../../../monitored-window';
import type { RunSummary } from './routines/judged';
import { entriesOf } from './tell';
import type { Work } from './work';
import { read, runId, to, write } from './work';

/** The record is written before what is published: a run that is settled again changes no state, and tells the same changes. */
export function* settle(work: Work, carry: Carry): Requesting<Ending> {
  const summary = carry.without === undefined ? yield* summaryOfRun(work, carry) : unjudged(work, carry);
  const { window } = rangesOfRun(work, carry);
  const { model } = carry.traffic ?? {};
  const before = yield* read(work);
  const settled = settleRun(before.record, {
    id: runId(work),
    at: hourStart(window.to),
    windowHours: carry.rules.windowHours,
    judgement: summary.judgement,
    report: pageUri(work, carry),
    ...(summary.quality && { quality: summary.quality }),
    ...(model !== undefined && { model }),
  });
  yield* write(
    work,
    before,
    settled.record === before.record ? before.record : { ...before.record, ...settled.record },
  );
  const { changes } = settled;
  const next = to(carry.without === undefined ? 'publish' : 'publishAlone', { ...carry, summary, changes });
  return { ...next, log: entriesOf(work, changes) }; // at once: what follows may fail, and the next run sees no change
}

function unjudged(work: Work, carry: Carry): RunSummary {
  const { to: end } = rangesOfRun(work, carry).window;
  const judgement = notEnough(carry.without!, 0);
  const { model } = carry.traffic ?? {};
  return { ...(model !== undefined && { model }), to: end, judgement, worst: [], columnsSince: {}, unreadable: 0 };
}
