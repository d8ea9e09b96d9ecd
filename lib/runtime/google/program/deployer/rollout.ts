/** How requests move to a new model: part by part, each watched for a while. */
import type { Variant } from '../../../../deployer/model';
import type { AlarmLimits } from '../../../../deployer/policy';
import type { DeploymentRecord, InFlight } from '../../../../deployer/record';
import { championModel } from '../../../../deployer/record';
import type { MinuteCounts } from '../monitoring';
import type { Endpoint, TrafficSplit } from '../vertex';

/** The model that a step is about: the challenger of a test, else what shall be champion. */
export function newcomer({ purpose, slot, deployment }: InFlight): Variant {
  return deployment!.variants.find((one) => (one.slot === slot) === (purpose !== 'test'))!;
}

/** The model that gets the rest of the requests: the champion, or whoever else gets most of them. */
export function incumbent(
  record: Pick<DeploymentRecord, 'champion'>,
  { deployedModels = [], trafficSplit = {} }: Endpoint,
  newcomerId: string,
): string | undefined {
  const others = deployedModels.map(({ id }) => id).filter((id) => id !== newcomerId);
  const champion = championModel(record)?.modelName;
  if (champion !== undefined && others.includes(champion)) return champion;
  return others.sort((a, b) => (trafficSplit[b] ?? 0) - (trafficSplit[a] ?? 0))[0];
}

/** A split in which one model has its part and another the rest. Percents are whole numbers. */
export function split(id: string, percent: number, other: string | undefined): TrafficSplit {
  if (other === undefined || percent === 100) return { [id]: 100 };
  return percent === 0 ? { [other]: 100 } : { [id]: percent, [other]: 100 - percent };
}

/** Whether requests move as a split says. What is not named gets none. */
export function isSplit({ trafficSplit = {} }: Endpoint, wanted: TrafficSplit): boolean {
  const ids = [...Object.keys(trafficSplit), ...Object.keys(wanted)];
  return ids.every((id) => (trafficSplit[id] ?? 0) === (wanted[id] ?? 0));
}

/** Whether a rollout is watched, and taken back by itself: new models and changes of what serves, beside a champion. */
export function isWatched({ strategy, purpose }: InFlight): boolean {
  return strategy !== 'create' && (purpose === 'deploy' || purpose === 'policy');
}

/** The first part of the requests that a newcomer gets, in percent. */
export function firstPart(step: InFlight, other: string | undefined): number {
  if (step.purpose === 'test') return 0;
  const { strategy, policy } = step;
  const inParts = isWatched(step) && other !== undefined && strategy !== 'allAtOnce';
  return inParts ? Math.min(100, Math.max(1, Math.round(policy.rollout.percent))) : 100;
}

/** The part after another: a canary goes on with all, a linear rollout with one step more. */
export function nextPart({ strategy, policy }: InFlight, percent: number): number {
  return strategy === 'linear' ? Math.min(100, percent + Math.max(1, Math.round(policy.rollout.percent))) : 100;
}

/** In a minute with fewer requests shares say nothing, and single failures are no reason to roll back. The same as on AWS. */
const FEWEST_REQUESTS = { errors: 10, latency: 20 } as const;
const FEWEST_FAILURES = 3;

/** Two bad minutes of three in a row are a reason. */
const MINUTES_SEEN = 3;
const MINUTES_BAD = 2;

/** Why a candidate is rolled back, in words; nothing as long as it does well. Nothing being asked is no reason. */
export function alarm(minutes: readonly MinuteCounts[], limits: AlarmLimits): string | undefined {
  for (const [what, isBad] of Object.entries(rulesOf(limits))) {
    for (let end = 1; end <= minutes.length; end++) {
      const seen = minutes.slice(Math.max(0, end - MINUTES_SEEN), end);
      const bad = seen.filter(isBad);
      if (bad.length >= MINUTES_BAD) return `${what} in ${bad.length} of ${MINUTES_SEEN} minutes: ${figures(bad)}`;
    }
  }
  return undefined;
}

type Rules = Readonly<Record<string, (counts: MinuteCounts) => boolean>>;

function rulesOf({ errorRatePercent, p95LatencyMs }: AlarmLimits): Rules {
  return {
    [`more than ${errorRatePercent} % of the requests failed`]: ({ requests, errors }) =>
      requests >= FEWEST_REQUESTS.errors && errors >= FEWEST_FAILURES && (100 * errors) / requests > errorRatePercent,
    [`the 95th percentile took longer than ${p95LatencyMs} ms`]: ({ timed, slow }) =>
      timed >= FEWEST_REQUESTS.latency && slow / timed > 0.05,
  };
}

function figures(minutes: readonly MinuteCounts[]): string {
  return minutes.map(({ requests, errors, slow }) => `${requests} requests, ${errors} failed, ${slow} slow`).join('; ');
}
