/** Simulated A/B tests with fixed seeds, looked at after every minute: for tests (small) and tools/simulate-ab-judge.mjs. */
import type { AbAnchor, AbGoal, AbTotals, ResolvedRules, SideCounts } from '../../lib/statistics/ab-input';
import { NO_TOTALS, resolveRules } from '../../lib/statistics/ab-input';
import type { AbCause } from '../../lib/statistics/ab-evidence';
import { anchorOf, anchorShown } from '../../lib/statistics/ab-anchor';
import { decide, weigh } from '../../lib/statistics/ab-judge';
import { challengerShare } from '../../lib/statistics/ab-metrics';
import type { TrafficQuestion } from '../../lib/statistics/ab-traffic';

/** What is true of both sides, and how it is judged. */
export interface World {
  readonly minutes: number;
  readonly requestsPerMinute: number;
  readonly errorRate: number;
  readonly errorRatio: number;
  readonly slowRate: number;
  readonly slowRatio: number;
  /** @default SHARE */
  readonly share?: number;
  /** @default MARGIN */
  readonly margin?: number;
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

/** Below this, the mass of a binomial number's 0 is too small to start from. */
const LEAST_MASS = 1e-290;

/** A binomial number by inversion; of many trials as the sum of two halves. */
export function binomial(random: Random, trials: number, probability: number): number {
  if (probability >= 1) return trials;
  const odds = probability / (1 - probability);
  let mass = (1 - probability) ** trials;
  if (mass < LEAST_MASS) {
    const half = Math.floor(trials / 2);
    return binomial(random, half, probability) + binomial(random, trials - half, probability);
  }
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
  readonly totals: AbTotals;
  readonly zPromoted: boolean;
  readonly zWorse: boolean;
}

const Z = 1.6448536269514722;

/** z of "the challenger's part of the failures is below (-) or above (+) what the ratio would make it". */
function zScore(totals: AbTotals, name: 'errors' | 'slow', { share }: ResolvedRules, ratio: number): number {
  const all = totals.champion[name] + totals.challenger[name];
  const limit = challengerShare(share, ratio);
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
  let totals: AbTotals = NO_TOTALS;
  let burstLeft = 0;
  for (let minute = 1; minute <= world.minutes; minute++) {
    if (world.bursts && random() < world.bursts.probability) burstLeft = world.bursts.minutes;
    const rate = burstLeft-- > 0 ? world.bursts!.rate : world.errorRate;
    const requests = binomial(random, world.requestsPerMinute, world.trueShare ?? world.share ?? SHARE);
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

export function rulesOf({ share = SHARE, margin = MARGIN, goal = 'notWorse', ...rules }: World): ResolvedRules {
  return resolveRules({ share, margin, goal, ...rules });
}

/** ln of the largest likelihood ratio against a limit that a share below (or above) it can have: no average over them exceeds it. */
function mostEvidence(yes: number, trials: number, limit: number, side: 'below' | 'above'): number {
  const seen = yes / trials;
  if (trials === 0 || (side === 'below' ? seen >= limit : seen <= limit)) return 0;
  const part = (count: number, ratio: number) => (count === 0 ? 0 : count * Math.log(ratio));
  return part(yes, seen / limit) + part(trials - yes, (1 - seen) / (1 - limit));
}

/**
 * Whether the judge can say anything but "continue": a bound that costs a few logarithms, since nearly all of millions of
 * looks end there. The judge decides the others, so outcomes are the judge's own.
 */
export function mayDecide({ champion, challenger }: AbTotals, rules: ResolvedRules): boolean {
  const { share, margin, alpha, negligibleRate, goal } = rules;
  const names = ['errors', 'slow'] as const;
  const ofFailed = (name: (typeof names)[number], ratio: number, side: 'below' | 'above') =>
    mostEvidence(challenger[name], champion[name] + challenger[name], challengerShare(share, ratio), side);
  const once = -Math.log(alpha);
  const rejecting = Math.log(3) + once;
  const requests = champion.requests + challenger.requests;
  if (mostEvidence(challenger.requests, requests, share, 'below') >= rejecting) return true;
  if (mostEvidence(challenger.requests, requests, share, 'above') >= rejecting) return true;
  if (names.some((name) => ofFailed(name, 1 + margin, 'above') >= rejecting)) return true;
  if (goal === 'superior' && names.every((name) => ofFailed(name, 1, 'below') < Math.log(2) + once)) return false;
  return names.every(
    (name) =>
      ofFailed(name, 1 + margin, 'below') >= once ||
      mostEvidence(challenger[name], challenger.requests, negligibleRate, 'below') >= once,
  );
}

/** One test until the judge decides. With `zToo` it runs on for the z-tests, which may err until the end. */
export function simulate(world: World, seed: number, zToo = false): Outcome {
  const rules = rulesOf(world);
  let verdict: Pick<Outcome, 'cause' | 'promoted' | 'minutes' | 'requests' | 'totals'> | undefined;
  let [zPromoted, zWorse] = [false, false];
  live(world, randomOf(seed), (totals, minutes) => {
    const last = minutes === world.minutes;
    if (!verdict && (last || mayDecide(totals, rules))) {
      const { cause, decision } = decide(weigh(totals, rules), rules, last);
      const requests = totals.champion.requests + totals.challenger.requests;
      if (decision !== 'continue') verdict = { cause, promoted: decision === 'promote', minutes, requests, totals };
    }
    if (!zToo) return verdict !== undefined;
    const z = (name: 'errors' | 'slow', ratio: number) => zScore(totals, name, rules, ratio);
    zPromoted ||= z('errors', 1 + rules.margin) < -Z && z('slow', 1 + rules.margin) < -Z;
    zWorse ||= z('errors', 1) > Z || z('slow', 1) > Z;
    return false;
  });
  return { ...verdict!, zPromoted, zWorse };
}

/** Many tests, each with a seed of its own; from the `first` on, so that several workers may share them. */
export function simulateMany(world: World, runs: number, seed: number, zToo = false, first = 0): Outcome[] {
  return Array.from({ length: runs }, (_, i) => simulate(world, seed * 1_000_003 + first + i, zToo));
}

/** Requests after which this share of the tests has promoted; those that never do count as without end. */
export function requestsUntilPromoted(outcomes: readonly Outcome[], share: number): number {
  const requests = outcomes.map((outcome) => (outcome.promoted ? outcome.requests : Infinity)).sort((a, b) => a - b);
  return requests[Math.ceil(share * requests.length) - 1];
}

/** The world in which errors alone decide how much traffic a verdict needs: looked at about 200 times until `requests`. */
export function trafficWorld(question: TrafficQuestion, requests: number): World {
  const { errorRate, share, ratio, trueRatio = 1, alpha, negligibleRate } = question;
  const requestsPerMinute = Math.max(1, Math.round(requests / 200));
  const truth = { errorRate, errorRatio: trueRatio, slowRate: 0.4, slowRatio: 1 };
  return { minutes: 800, requestsPerMinute, ...truth, share, margin: ratio - 1, alpha, negligibleRate };
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

/** The rates that were counted: what an anchor would be without its interval. */
const counted = ({ challenger: { requests, errors, slow } }: AbTotals): AbAnchor => ({
  errors: errors / requests,
  slow: slow / requests,
});

/** Ten challengers in a row without any difference, each held to what the last five left: how many are promoted. */
export function equalsPromoted(left: 'shown' | 'counted', seed: number): number {
  let anchors: AbAnchor[] = [];
  let promoted = 0;
  for (let i = 0; i < 10; i++) {
    const outcome = simulate({ ...EQUAL, anchor: anchorOf(anchors) }, seed + i);
    if (!outcome.promoted) continue;
    promoted++;
    anchors = [left === 'shown' ? anchorShown(outcome.totals) : counted(outcome.totals), ...anchors].slice(0, 5);
  }
  return promoted;
}
