/** Counts the minutes that are over on both sides of a test, and asks the judge. */
import { judged, openMinutes } from '../../../../deployer/ab-test';
import type { RunningTest } from '../../../../deployer/record';
import type { ClosedMinute, SideCounts } from '../../../../statistics/ab-input';
import type { MinuteCounts } from '../monitoring';
import { countMinutes } from '../monitoring';
import type { Ending, Requesting } from '../protocol';
import type { Carry, Work } from './work';
import { readLeased, to, write } from './work';

const MINUTE = 60_000;

/** Minutes that are counted in one look, since answers are small: after a longer pause the next looks catch up. */
const MOST_MINUTES = 30;

/** Advances the test by the minutes that are over. */
export function* judge(work: Work, { turn }: Carry): Requesting<Ending> {
  const before = yield* readLeased(work);
  const { test } = before.record;
  const next = to('claim', { turn: turn + 1 });
  if (!test || test.verdict || test.startedAt === undefined) return next;
  const { from, to: end } = openMinutes(test, work.now);
  const first = Date.parse(from);
  const until = Math.min(Date.parse(end), first + MOST_MINUTES * MINUTE);
  const counted = first < until ? yield* closedMinutes(work, test, first, until) : [];
  yield* write(work, before, judged(before.record, counted, new Date(until).toISOString(), work.now));
  return next;
}

function* closedMinutes({ settings }: Work, test: RunningTest, from: number, to: number): Requesting<ClosedMinute[]> {
  const ids = [test.champion.modelName, test.challenger.modelName];
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const counts = yield* countMinutes(settings, { endpoint: settings.endpointId!, ids, ...range, slowMs: test.slowMs });
  const start = Math.floor(Date.parse(test.startedAt!) / MINUTE) * MINUTE;
  return Array.from({ length: (to - from) / MINUTE }, (_, index) => {
    const time = from + index * MINUTE;
    const [champion, challenger] = ids.map((id) => known(counts(id, time)));
    return { minute: (time - start) / MINUTE, champion, challenger };
  });
}

/** What one side did; nothing where requests were answered but Cloud Monitoring does not say how fast. */
function known({ requests, errors, slow, timed }: MinuteCounts): SideCounts | undefined {
  return requests > errors && timed === 0 ? undefined : { requests, errors, slow };
}
