/**
 * How much traffic a verdict needs, by calculation.
 *
 * The judge's evidence after n failed requests depends on how many were the challenger's alone, so there is a largest such
 * number that still shows "not worse". The number of the challenger's failures is a walk that steps up with the probability
 * `truth`; its distribution, less what has already crossed that line, is carried forward one failure at a time (the
 * forward recursion of group-sequential tests: P. Armitage, C. McPherson, B. Rowe, J. R. Statist. Soc. A 1969).
 */
import { challengerShare, negligibleTest, ratioTest, STAKE_OFF_RATIO, stakeOnRatio } from './ab-metrics';
import type { BetaPrior } from './binomial-evidence';
import { evidenceBelow } from './binomial-evidence';
import { binomialCdf } from './special-functions';

export interface TrafficQuestion {
  /** The champion's share of failed (or slow) requests. */
  readonly errorRate: number;

  /** Share of the requests meant for the challenger. */
  readonly share: number;

  /** Tolerated ratio: 1 + margin. */
  readonly ratio: number;

  /** Probability of a verdict. @default 0.8 */
  readonly power?: number;

  /** @default 0.05 */
  readonly alpha?: number;

  /** How the challenger's rate relates to the champion's in truth. @default 1 */
  readonly trueRatio?: number;

  /** As in the judge's rules. @default 0.001 */
  readonly negligibleRate?: number;
}

/** A test of "θ ≥ limit" that is watched while θ is `truth`. */
interface Watch {
  readonly limit: number;
  readonly prior: BetaPrior;
  readonly truth: number;
  /** Logarithm of the e-value that shows it. */
  readonly needed: number;
  readonly power: number;
}

/** Beyond this many observations the walk takes seconds; the plain calculation takes over. */
const LONGEST_WALK = 40_000;

/** Probabilities below this are dropped from the walk. */
const NEGLIGIBLE_PROBABILITY = 1e-12;

const shows = ({ limit, prior, needed }: Watch, yes: number, trials: number) =>
  yes >= 0 && evidenceBelow({ yes, no: trials - yes }, limit, prior) >= needed;

/** The largest number of yes among the trials that still shows it; -1 when none does. The evidence falls with yes. */
function line(watch: Watch, trials: number): number {
  let [good, bad] = [-1, Math.ceil(watch.limit * trials) + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (shows(watch, middle, trials)) good = middle;
    else bad = middle;
  }
  return good;
}

/** Trials after which the evidence stands with the wanted probability, if it is looked at only then. */
function trialsAtOneLook(watch: Watch): number {
  const enough = (trials: number) => binomialCdf(line(watch, trials), trials, watch.truth) >= watch.power;
  let high = 16;
  while (!enough(high)) {
    if (high > 1e13) return Infinity;
    high *= 2;
  }
  let low = high / 2;
  while (high - low > Math.max(1, high * 1e-4)) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Trials after which the evidence has been shown with the wanted probability, looking after each one. */
function trialsNeeded(watch: Watch): number {
  const atOneLook = trialsAtOneLook(watch);
  if (atOneLook > LONGEST_WALK) return atOneLook;
  const walk = new Float64Array(atOneLook + 2);
  walk[0] = 1;
  let [lowest, highest, crossed, edge] = [0, 0, 0, -1];
  for (let trials = 1; trials <= atOneLook; trials++) {
    for (let yes = ++highest; yes > lowest; yes--) {
      walk[yes] = walk[yes] * (1 - watch.truth) + walk[yes - 1] * watch.truth;
    }
    walk[lowest] *= 1 - watch.truth;
    while (shows(watch, edge + 1, trials)) edge++;
    for (; lowest <= edge && lowest <= highest; lowest++) crossed += walk[lowest];
    if (crossed >= watch.power) return trials;
    while (highest > lowest && walk[highest] < NEGLIGIBLE_PROBABILITY) walk[highest--] = 0;
  }
  return atOneLook;
}

/**
 * The number of requests, to both sides together, after which one metric is shown not worse with the wanted probability,
 * under continuous looking. The smaller of two ways: by the ratio of errors, or by a rate shown to be negligible.
 *
 * Failed requests are taken at their expected number. Beyond {@link LONGEST_WALK} observations the number is that of a
 * single look at the end: too large by up to a third. A verdict on several metrics waits for the slowest.
 */
export function trafficNeeded(question: TrafficQuestion): number {
  const { errorRate, share, ratio, power = 0.8, alpha = 0.05, trueRatio = 1, negligibleRate = 0.001 } = question;
  const rate = errorRate * trueRatio;
  const truth = challengerShare(share, trueRatio);
  const within = ratioTest(share, ratio, 1);
  const needed = -Math.log(alpha) - stakeOnRatio(negligibleRate);
  const failures = truth < within.limit ? trialsNeeded({ ...within, truth, needed, power }) : Infinity;
  const byRatio = failures / (errorRate * (1 - share) + rate * share);
  if (rate >= negligibleRate) return Math.ceil(byRatio);
  const low = { ...negligibleTest(negligibleRate), truth: rate, needed: -Math.log(alpha) - STAKE_OFF_RATIO, power };
  return Math.ceil(Math.min(byRatio, trialsNeeded(low) / share));
}
