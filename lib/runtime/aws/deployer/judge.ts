/** Counts the minutes that are over on both sides of a test, and asks the judge. */
import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import { judged, openMinutes } from '../../../deployer/ab-test';
import type { Slot } from '../../../deployer/model';
import type { RunningTest } from '../../../deployer/record';
import type { ClosedMinute, SideCounts } from '../../../statistics';
import type { DeployerEvent } from '../../contract';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { demandLease } from './lease';

const MINUTE = 60_000;

/** Minutes that are counted in one call: after a longer pause the next ticks catch up. */
const MOST_MINUTES = 24 * 60;

/** Advances the test by the minutes that are over. */
export async function judge(cloud: Cloud, { endpoint, execution }: DeployerEvent): Promise<void> {
  const { test } = await cloud.store.read(endpoint);
  if (!test || test.verdict || test.startedAt === undefined) return;
  const time = now();
  const { from, to } = openMinutes(test, time);
  const until = Math.min(Date.parse(to), Date.parse(from) + MOST_MINUTES * MINUTE);
  const counted = Date.parse(from) < until ? await countMinutes(cloud, endpoint, test, Date.parse(from), until) : [];
  await cloud.store.change(endpoint, (record) => {
    demandLease(record, execution);
    const same = record.test?.deployment.id === test.deployment.id && record.test.countedUntil === test.countedUntil;
    const through = new Date(until).toISOString();
    return {
      record: same && !record.test.verdict ? judged(record, counted, through, time) : record,
      result: undefined,
    };
  });
}

type Figures = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** CloudWatch has no datapoint for a minute in which nothing happened: that is zero, not unknown. */
async function countMinutes(
  cloud: Cloud,
  endpoint: string,
  test: RunningTest,
  from: number,
  to: number,
): Promise<ClosedMinute[]> {
  const sides = { champion: test.champion.slot, challenger: test.challenger.slot } as const;
  const figures = await readFigures(
    cloud,
    Object.values(sides).flatMap((slot) => queries(endpoint, slot, test.slowMs)),
    from,
    to,
  );
  const start = Math.floor(Date.parse(test.startedAt!) / MINUTE) * MINUTE;
  const minutes: ClosedMinute[] = [];
  for (let time = from; time < to; time += MINUTE) {
    const [champion, challenger] = [sides.champion, sides.challenger].map((slot) => countsAt(figures, slot, time));
    minutes.push({ minute: (time - start) / MINUTE, champion, challenger });
  }
  return minutes;
}

function queries(endpoint: string, slot: Slot, slowMs: number): MetricDataQuery[] {
  const Dimensions = [
    { Name: 'EndpointName', Value: endpoint },
    { Name: 'VariantName', Value: slot },
  ];
  const query = (id: string, MetricName: string, Stat: string): MetricDataQuery => ({
    Id: `${id}_${slot}`,
    MetricStat: { Metric: { Namespace: 'AWS/SageMaker', MetricName, Dimensions }, Period: 60, Stat },
  });
  return [
    query('requests', 'Invocations', 'Sum'),
    query('e4', 'Invocation4XXErrors', 'Sum'),
    query('e5', 'Invocation5XXErrors', 'Sum'),
    query('timed', 'ModelLatency', 'SampleCount'),
    query('within', 'ModelLatency', `PR(:${Math.round(slowMs * 1000)})`), // percent of the requests; microseconds
  ];
}

async function readFigures(
  { cloudwatch }: Cloud,
  MetricDataQueries: MetricDataQuery[],
  from: number,
  to: number,
): Promise<Figures> {
  const figures = new Map<string, Map<number, number>>();
  const range = { StartTime: new Date(from), EndTime: new Date(to) };
  for await (const page of paginateGetMetricData({ client: cloudwatch }, { MetricDataQueries, ...range })) {
    for (const result of page.MetricDataResults ?? []) collect(figures, result);
  }
  return figures;
}

function collect(
  figures: Map<string, Map<number, number>>,
  { Id = '', StatusCode, Timestamps = [], Values = [] }: MetricDataResult,
) {
  if (StatusCode === 'InternalError' || StatusCode === 'Forbidden')
    throw new Error(`CloudWatch has no figures now: ${StatusCode}`);
  const values = figures.get(Id) ?? new Map<number, number>();
  Timestamps.forEach((time, index) => values.set(time.getTime(), Values[index]));
  figures.set(Id, values);
}

/** What one side did in a minute; nothing where requests were answered but CloudWatch does not say how fast. */
function countsAt(figures: Figures, slot: Slot, time: number): SideCounts | undefined {
  const at = (id: string) => figures.get(`${id}_${slot}`)?.get(time);
  const requests = Math.round(at('requests') ?? 0);
  const timed = Math.min(requests, at('timed') ?? 0);
  const within = timed === 0 ? 100 : at('within');
  if (within === undefined) return undefined;
  const errors = Math.round((at('e4') ?? 0) + (at('e5') ?? 0));
  return { requests, errors: Math.min(requests, errors), slow: Math.round(timed * (1 - within / 100)) };
}
