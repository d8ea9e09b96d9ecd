/** What the A/B judge is told: counts, rules, and what they must be. */

/** `notWorse` than the champion within the margin, or `superior` to it. */
export type AbGoal = 'notWorse' | 'superior';

/** What one side did in one minute. */
export interface SideCounts {
  readonly requests: number;
  /** Requests that failed. */
  readonly errors: number;
  /** Requests slower than the limit. */
  readonly slow: number;
}

/**
 * A minute that is over, with all of its figures in. A side that is absent is **not known**: the minute counts for neither.
 * A side without requests is a side with zeros. (To take zeros for unknown would keep the minutes in which the challenger
 * got traffic, and with few requests that alone looks like a wrong share.)
 */
export interface ClosedMinute {
  /** Minutes since the test began, from 0. */
  readonly minute: number;
  readonly champion?: SideCounts;
  readonly challenger?: SideCounts;
}

/** Grades of single answers between 0 (wrong) and 1 (right), **in the order of their arrival**. */
export interface QualityObservations {
  readonly champion: readonly number[];
  readonly challenger: readonly number[];
}

/** The best that recent champions left (`anchorOf`, `anchorShown`): shares of failed and of slow requests, mean quality. */
export interface AbAnchor {
  readonly errors?: number;
  readonly slow?: number;
  readonly quality?: number;
}

/** By which rules a challenger is judged. */
export interface AbRules {
  /** Share of the requests meant for the challenger, between 0 and 1. Requests must be assigned one by one, at random. */
  readonly share: number;

  readonly goal: AbGoal;

  /** Tolerated relative worsening, above 0 and at most 1: 0.5 lets 1 % of errors become 1.5 %. */
  readonly margin: number;

  /**
   * Probability of a wrong promotion, and of a wrong rejection, over all looks of one test.
   * @default 0.05
   */
  readonly alpha?: number;

  /**
   * Best rates of recent champions: a challenger must stay within the margin of these too, so that many small
   * worsenings cannot add up.
   * @default - the champion alone is the measure
   */
  readonly anchor?: AbAnchor;

  /**
   * A share of errors, of slow requests or of lost quality so small that nobody minds: a challenger shown below it passes,
   * whatever the ratio, and harm must be above it. Without it a champion without errors could never be followed. 0 switches it off.
   * @default 0.001
   */
  readonly negligibleRate?: number;
}

/** Counts of all minutes that were over so far. */
export interface AbTotals {
  readonly champion: SideCounts;
  readonly challenger: SideCounts;
  readonly minutesUsed: number;
  /** Left out since one side or both are not known. */
  readonly minutesIncomplete: number;
}

/** A test whose minutes are added up already ({@link addMinutes}). */
export interface CountedTest extends AbRules {
  readonly totals: AbTotals;

  /** @default - quality is not judged */
  readonly quality?: QualityObservations;

  readonly elapsedMinutes: number;

  /** When the test ends: undecided by then, the champion stays. */
  readonly maximumMinutes: number;
}

/** A test with each of its minutes. */
export interface AbTest extends Omit<CountedTest, 'totals'> {
  readonly minutes: readonly ClosedMinute[];

  /**
   * Minutes at the start that do not count.
   * @default 0
   */
  readonly warmUpMinutes?: number;
}

/** Rules with every default filled in. */
export type ResolvedRules = Required<Omit<AbRules, 'anchor'>> & { readonly anchor: AbAnchor };

function demand(holds: boolean, what: string, got: unknown, allowed: string): void {
  if (!holds) throw new RangeError(`${what} must be ${allowed}, got ${JSON.stringify(got) ?? String(got)}`);
}

const isShare = (value: number) => value >= 0 && value <= 1;

/** Fills in the defaults and refuses what is out of range. */
export function resolveRules(rules: AbRules): ResolvedRules {
  const { share, goal, margin, alpha = 0.05, anchor = {}, negligibleRate = 0.001 } = rules;
  demand(share > 0 && share < 1, 'share', share, 'above 0 and below 1');
  demand(goal === 'notWorse' || goal === 'superior', 'goal', goal, "'notWorse' or 'superior'");
  demand(margin > 0 && margin <= 1, 'margin', margin, 'above 0 and at most 1');
  demand(alpha > 0 && alpha < 1, 'alpha', alpha, 'above 0 and below 1');
  demand(negligibleRate >= 0 && negligibleRate < 1, 'negligibleRate', negligibleRate, 'at least 0 and below 1');
  for (const [name, value] of Object.entries(anchor)) {
    demand(value === undefined || isShare(value), `anchor.${name}`, value, 'between 0 and 1');
  }
  return { share, goal, margin, alpha, anchor, negligibleRate };
}

function demandCount(value: number, what: string): void {
  demand(Number.isSafeInteger(value) && value >= 0, what, value, 'a whole number, at least 0');
}

function checkSide(counts: SideCounts, where: string): void {
  for (const name of ['requests', 'errors', 'slow'] as const) {
    demandCount(counts[name], `${where}.${name}`);
    demand(
      counts[name] <= counts.requests,
      `${where}.${name}`,
      counts[name],
      `at most the ${counts.requests} requests`,
    );
  }
}

function checkTotals(totals: AbTotals): void {
  for (const side of ['champion', 'challenger'] as const) checkSide(totals[side], `totals.${side}`);
  for (const name of ['minutesUsed', 'minutesIncomplete'] as const) demandCount(totals[name], `totals.${name}`);
}

function add(a: SideCounts, b: SideCounts): SideCounts {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors, slow: a.slow + b.slow };
}

const NOTHING: SideCounts = { requests: 0, errors: 0, slow: 0 };

/** The totals of a test that begins. */
export const NO_TOTALS: AbTotals = {
  champion: NOTHING,
  challenger: NOTHING,
  minutesUsed: 0,
  minutesIncomplete: 0,
};

/**
 * The totals with more minutes: those that count, after the warm-up and known on both sides. Each minute must be given
 * once. Totals do not say which minutes they hold, so **no minute may be given again in a later call**.
 */
export function addMinutes(totals: AbTotals, minutes: readonly ClosedMinute[], warmUpMinutes = 0): AbTotals {
  checkTotals(totals);
  demand(warmUpMinutes >= 0, 'warmUpMinutes', warmUpMinutes, 'at least 0');
  const seen = new Set<number>();
  let { champion, challenger, minutesUsed, minutesIncomplete } = totals;
  for (const closed of minutes) {
    demand(
      Number.isSafeInteger(closed.minute) && closed.minute >= 0,
      'minute',
      closed.minute,
      'a whole number from 0 on',
    );
    demand(!seen.has(closed.minute), 'minute', closed.minute, 'given once');
    seen.add(closed.minute);
    if (closed.minute < warmUpMinutes) continue;
    if (!closed.champion || !closed.challenger) {
      minutesIncomplete++;
      continue;
    }
    checkSide(closed.champion, `minute ${closed.minute}: champion`);
    checkSide(closed.challenger, `minute ${closed.minute}: challenger`);
    champion = add(champion, closed.champion);
    challenger = add(challenger, closed.challenger);
    minutesUsed++;
  }
  return { champion, challenger, minutesUsed, minutesIncomplete };
}

/** Refuses totals, times and grades that cannot be. */
export function checkTest({ totals, quality, elapsedMinutes, maximumMinutes }: CountedTest): void {
  checkTotals(totals);
  demand(elapsedMinutes >= 0, 'elapsedMinutes', elapsedMinutes, 'at least 0');
  demand(maximumMinutes > 0, 'maximumMinutes', maximumMinutes, 'above 0');
  for (const side of ['champion', 'challenger'] as const) {
    const wrong = quality?.[side].find((grade) => !isShare(grade));
    demand(wrong === undefined, `quality.${side}`, wrong, 'between 0 and 1');
  }
}
