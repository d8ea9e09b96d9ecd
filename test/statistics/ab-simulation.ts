/** Simulated A/B tests with fixed seeds, looked at after every minute: for tests (small) and tools/simulate-ab-judge.mjs. */
import type { AbAnchor, AbGoal, AbTotals, ResolvedRules, SideCounts } from '../../lib/statistics/ab-input';
import { resolveRules } from '../../lib/statistics/ab-input';
import type { AbCause } from '../../lib/statistics/ab-evidence';
import { decide, weigh } from '../../lib/statistics/ab-judge';
import { challengerShare } from '../../lib/statistics/ab-metrics';

/** What is true of both sides, and how it is judged. */
export interface World {
  readonly minutes: number;
  readonly requestsPerMinute: number;
  readonly errorRate: number;
  readonly errorRatio: number;
  readonly slowRate: number;
  readonly slowRatio: number;
  /** Share that the challenger gets in truth; by default the meant one. */
  readonly trueShare?: number;
  /** Minutes in which both sides fail at this rate (times the ratio), begun with this probability. */
  readonly bursts?: { readonly probability: number; readonly minutes: number; readonly rate: number };
  readonly goal?: AbGoal;
  readonly anchor?: AbAnchor;
  readonly negligibleRate?: number;
  readonly alpha?: number;
}

export const SHARE = 0.2;
export const MARGIN = 0.5;

export const EQUAL: World = {
  minutes: 1440,
  requestsPerMinute: 200,
  errorRate: 0.01,
  errorRatio: 1,
  slowRate: 0.05,
  slowRatio: 1,
};

export type Random = () => number;

/** sfc32: Chris Doty-Humphrey's small fast counting generator, of the PractRand suite. */
export function randomOf(seed: number): Random {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9, 0x243f6a88, 1];
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** A binomial number by inversion; for trials × probability up to a few hundred. */
export function binomial(random: Random, trials: number, probability: number): number {
  if (probability >= 1) return trials;
  const odds = probability / (1 - probability);
  let mass = (1 - probability) ** trials;
  if (mass === 0) throw new RangeError(`${trials} × ${probability} is too much for inversion`);
  let left = random() - mass;
  let hits = 0;
  while (left > 0 && hits < trials) {
    mass *= (odds * (trials - hits)) / (hits + 1);
    hits++;
    left -= mass;
  }
  return hits;
}

/** How a simulated test ended, and what a fixed-horizon z-test under the same looking would have said at some look. */
export interface Outcome {
  readonly cause: AbCause;
  readonly promoted: boolean;
  readonly minutes: number;
  readonly requests: number;
  readonly zPromoted: boolean;
  readonly zWorse: boolean;
}

const Z = 1.6448536269514722;

/** z of "the challenger's part of the failures is below (-) or above (+) what the ratio would make it". */
function zScore(totals: AbTotals, name: 'errors' | 'slow', ratio: number): number {
  const all = totals.champion[name] + totals.challenger[name];
  const limit = challengerShare(SHARE, ratio);
  return all === 0 ? 0 : (totals.challenger[name] - all * limit) / Math.sqrt(all * limit * (1 - limit));
}

function plus(counts: SideCounts, random: Random, requests: number, errors: number, slow: number): SideCounts {
  return {
    requests: counts.requests + requests,
    errors: counts.errors + binomial(random, requests, Math.min(1, errors)),
    slow: counts.slow + binomial(random, requests, Math.min(1, slow)),
  };
}

/** Runs the world minute by minute; `look` ends it by returning true. */
function live(world: World, random: Random, look: (totals: AbTotals, minute: number) => boolean): void {
  const nothing = { requests: 0, errors: 0, slow: 0 };
  let totals: AbTotals = { champion: nothing, challenger: nothing, minutesUsed: 0, minutesIncomplete: 0 };
  let burstLeft = 0;
  for (let minute = 1; minute <= world.minutes; minute++) {
    if (world.bursts && random() < world.bursts.probability) burstLeft = world.bursts.minutes;
    const rate = burstLeft-- > 0 ? world.bursts!.rate : world.errorRate;
    const requests = binomial(random, world.requestsPerMinute, world.trueShare ?? SHARE);
    const others = world.requestsPerMinute - requests;
    totals = {
      champion: plus(totals.champion, random, others, rate, world.slowRate),
      challenger: plus(totals.challenger, random, requests, rate * world.errorRatio, world.slowRate * world.slowRatio),
      minutesUsed: minute,
      minutesIncomplete: 0,
    };
    if (look(totals, minute)) return;
  }
}

export function rulesOf({ goal = 'notWorse', anchor, negligibleRate, alpha }: World): ResolvedRules {
  return resolveRules({ share: SHARE, goal, margin: MARGIN, anchor, negligibleRate, alpha });
}

/** One test until the judge decides. With `zToo` it runs on for the z-tests, which may err until the end. */
export function simulate(world: World, seed: number, zToo = false): Outcome {
  const rules = rulesOf(world);
  let verdict: Pick<Outcome, 'cause' | 'promoted' | 'minutes' | 'requests'> | undefined;
  let [zPromoted, zWorse] = [false, false];
  live(world, randomOf(seed), (totals, minutes) => {
    if (!verdict) {
      const { cause, decision } = decide(weigh(totals, rules), rules, minutes === world.minutes);
      const requests = totals.champion.requests + totals.challenger.requests;
      if (decision !== 'continue') verdict = { cause, promoted: decision === 'promote', minutes, requests };
    }
    if (!zToo) return verdict !== undefined;
    zPromoted ||= zScore(totals, 'errors', 1 + MARGIN) < -Z && zScore(totals, 'slow', 1 + MARGIN) < -Z;
    zWorse ||= zScore(totals, 'errors', 1) > Z || zScore(totals, 'slow', 1) > Z;
    return false;
  });
  return { ...verdict!, zPromoted, zWorse };
}

/** Many tests, each with a seed of its own. */
export function simulateMany(world: World, runs: number, seed: number, zToo = false): Outcome[] {
  return Array.from({ length: runs }, (_, i) => simulate(world, seed * 1_000_003 + i, zToo));
}

/** Share of the outcomes of which something holds. */
export function shareOf(outcomes: readonly Outcome[], holds: (outcome: Outcome) => boolean): number {
  return outcomes.filter(holds).length / outcomes.length;
}

/** Ten challengers in a row, each this much worse than the champion it meets: the error rate that serves in the end. */
export function creep(step: number, anchored: boolean, seed: number): { promotions: number; rate: number } {
  let rate = 0.01;
  let promotions = 0;
  for (let i = 0; i < 10; i++) {
    const anchor = anchored ? { errors: 0.01 } : undefined;
    const world = { ...EQUAL, minutes: 1000, requestsPerMinute: 1600, errorRate: rate, errorRatio: step, anchor };
    if (!simulate(world, seed + i).promoted) continue;
    promotions++;
    rate *= step;
  }
  return { promotions, rate };
}
