/**
 * What deployed models did, minute by minute, from Cloud Monitoring.
 * @see https://docs.cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
 */
import type { SideCounts } from '../../../statistics/ab-input';
import type { GoogleSettings } from '../../google-contract';
import type { Requesting } from './protocol';
import { demand, together } from './turn';
import { query, urlOf } from './urls';

const MINUTE = 60_000;
const METRICS = 'aiplatform.googleapis.com/prediction/online';

/** Which deployed models are looked at, between which whole minutes, and what is slow. */
export interface Looked {
  /** Full name of the endpoint. */
  readonly endpoint: string;
  readonly ids: readonly string[];
  /** ISO 8601; the first minute. */
  readonly from: string;
  /** The minute after the last. */
  readonly to: string;
  /** Milliseconds above which a request is slow. */
  readonly slowMs: number;
}

/** One minute of a deployed model. */
export interface MinuteCounts extends SideCounts {
  /** Answers of which the time is known: slow ones are counted among these. */
  readonly timed: number;
}

/** The counts of one deployed model by the start of the minute (milliseconds since 1970). */
export type CountsByMinute = (id: string, minute: number) => MinuteCounts;

/**
 * Counts answers, failures (4xx and 5xx, as on AWS) and slow answers. A metric without a point in a minute counted nothing: absent
 * is zero. Points come up to three minutes late, so only older minutes are closed.
 */
export function* countMinutes(settings: GoogleSettings, looked: Looked): Requesting<CountsByMinute> {
  const [counts, latencies] = yield* together(
    timeSeries(settings, looked, 'response_count', 'response_code'),
    // The time in the model itself: what the limit means on AWS, too.
    timeSeries(settings, looked, 'prediction_latencies', 'latency_type', ['model']),
  );
  const tallies = new Map<string, MinuteCounts>();
  for (const { labels, minute, value } of counts) {
    const key = `${labels.deployed_model_id} ${minute}`;
    const answers = Math.round(Number(value.int64Value ?? value.doubleValue ?? 0));
    const before = tallies.get(key) ?? NOTHING;
    const failed = /^[45]/.test(labels.response_code ?? '') ? answers : 0;
    tallies.set(key, { ...before, requests: before.requests + answers, errors: before.errors + failed });
  }
  for (const { labels, minute, value } of latencies) {
    const key = `${labels.deployed_model_id} ${minute}`;
    const before = tallies.get(key) ?? NOTHING;
    const timed = Math.min(before.requests, Number(value.distributionValue?.count ?? 0));
    const slow = Math.min(timed, Math.round(timed * slowShare(value.distributionValue, looked.slowMs)));
    tallies.set(key, { ...before, timed, slow });
  }
  return (id, minute) => tallies.get(`${id} ${minute}`) ?? NOTHING;
}

const NOTHING: MinuteCounts = { requests: 0, errors: 0, slow: 0, timed: 0 };

/** Buckets by a formula: before the first of these lies one more, and one after the last. */
interface Regular {
  readonly numFiniteBuckets: number;
}

/** A histogram of Cloud Monitoring. Counts at the end that are zero may be left out. */
export interface Distribution {
  readonly count?: string | number;
  readonly bucketCounts?: readonly (string | number)[];
  readonly bucketOptions?: {
    readonly explicitBuckets?: { readonly bounds?: readonly number[] };
    readonly exponentialBuckets?: Regular & { readonly growthFactor: number; readonly scale: number };
    readonly linearBuckets?: Regular & { readonly width: number; readonly offset: number };
  };
}

/**
 * Share of what is above a limit. The bucket that holds the limit is taken to be evenly filled; of the last one, which has no end, all
 * is above. The 95th percentile is above a limit exactly where this share is above 5 %, so nothing else is asked of a distribution.
 */
export function slowShare(distribution: Distribution | undefined, limit: number): number {
  const { bucketCounts = [], bucketOptions } = distribution ?? {};
  let [all, above] = [0, 0];
  bucketCounts.forEach((text, index) => {
    const count = Number(text);
    const [lower, upper] = [bound(bucketOptions, index - 1), bound(bucketOptions, index)];
    all += count;
    above +=
      count * (lower >= limit ? 1 : upper <= limit ? 0 : upper === Infinity ? 1 : (upper - limit) / (upper - lower));
  });
  return all === 0 ? 0 : above / all;
}

/** Upper bound of a bucket. The first bucket holds what is below the first bound: times begin at 0. */
function bound(options: Distribution['bucketOptions'], index: number): number {
  if (index < 0) return 0;
  const { explicitBuckets, exponentialBuckets: exponential, linearBuckets: linear } = options ?? {};
  if (explicitBuckets) return explicitBuckets.bounds?.[index] ?? Infinity;
  if (index > ((exponential ?? linear)?.numFiniteBuckets ?? -1)) return Infinity;
  if (exponential) return exponential.scale * exponential.growthFactor ** index;
  if (linear) return linear.offset + linear.width * index;
  return Infinity;
}

interface Point {
  readonly labels: Readonly<Record<string, string>>;
  /** Start of the minute, milliseconds since 1970. */
  readonly minute: number;
  readonly value: {
    readonly int64Value?: string;
    readonly doubleValue?: number;
    readonly distributionValue?: Distribution;
  };
}

interface Page {
  readonly timeSeries?: readonly {
    readonly metric?: { readonly labels?: Readonly<Record<string, string>> };
    readonly points?: readonly { readonly interval: { readonly endTime: string }; readonly value: Point['value'] }[];
  }[];
  readonly nextPageToken?: string;
}

/** One metric of some deployed models, added up over machines and everything else that it is told apart by. */
function* timeSeries(
  settings: GoogleSettings,
  { endpoint, ids, from, to }: Looked,
  metric: string,
  label: string,
  values?: readonly string[],
): Requesting<Point[]> {
  const oneOf = (name: string, texts: readonly string[]) =>
    `${name} = one_of(${texts.map((id) => `"${id}"`).join(',')})`;
  const conditions = [
    `metric.type = "${METRICS}/${metric}"`,
    `resource.type = "aiplatform.googleapis.com/Endpoint"`,
    `resource.labels.endpoint_id = "${endpoint.replace(/^.*\//, '')}"`,
    oneOf('metric.labels.deployed_model_id', ids),
    ...(values ? [oneOf(`metric.labels.${label}`, values)] : []),
  ];
  const parameters = {
    filter: conditions.join(' AND '),
    'interval.startTime': from,
    'interval.endTime': to,
    'aggregation.alignmentPeriod': '60s',
    'aggregation.perSeriesAligner': 'ALIGN_DELTA',
    'aggregation.crossSeriesReducer': 'REDUCE_SUM',
    'aggregation.groupByFields': ['metric.label.deployed_model_id', `metric.label.${label}`],
    fields: `timeSeries(metric/labels,points(interval/endTime,value(int64Value,doubleValue,distributionValue(count,bucketOptions,bucketCounts)))),nextPageToken`,
  };
  const points: Point[] = [];
  let pageToken: string | undefined;
  do {
    const url = `${urlOf(settings, 'monitoring')}/v3/projects/${settings.project}/timeSeries${query({ ...parameters, pageToken })}`;
    const page = yield* demand<Page>({ method: 'GET', url });
    points.push(...pointsOf(page));
    pageToken = page.nextPageToken;
  } while (pageToken);
  return points.filter(({ minute }) => minute >= Date.parse(from) && minute < Date.parse(to));
}

/** A point of a minute ends with it. */
function pointsOf({ timeSeries: series = [] }: Page): Point[] {
  return series.flatMap(({ metric, points = [] }) =>
    points.map(({ interval, value }) => ({
      labels: metric?.labels ?? {},
      minute: Math.round(Date.parse(interval.endTime) / MINUTE) * MINUTE - MINUTE,
      value,
    })),
  );
}
