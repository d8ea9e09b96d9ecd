import type { ColumnRole, ColumnType } from '../profile/profile';

/** A statistic that compares two distributions. */
export type DriftTest = 'psi' | 'ks' | 'jensenShannon' | 'lInfinity' | 'chiSquared' | 'wasserstein';

/** What a column is tested for: its distribution, and two shares that a distribution does not show. */
export type FindingTest = DriftTest | 'missingShare' | 'outOfRangeShare';

/** How one column is tested. */
export interface ColumnRule {
  readonly test: DriftTest;
  /** In the units of the test. */
  readonly threshold: number;
}

/** How a window is judged. */
export interface DriftRules {
  /** By column name; every column of the baseline has one. */
  readonly columns: Readonly<Record<string, ColumnRule>>;
  /** Accepted chance of a false alarm in one run, over all columns and shares together; above 0 and below 1. */
  readonly alpha: number;
  /** Fewest rows for a verdict. */
  readonly minimumSamples: number;
}

/** What one test of one column found. */
export interface DriftFinding {
  readonly name: string;
  readonly type: ColumnType;
  readonly role: ColumnRole;
  readonly test: FindingTest;
  readonly statistic: number;
  /** Chance of a statistic at least as large without drift. */
  readonly pValue: number;
  readonly configuredThreshold: number;
  /** The larger of the configured threshold and the critical value at this sample size: `statistic > threshold` is drift. */
  readonly threshold: number;
  readonly drifted: boolean;
  /** Rows compared, without missing values. */
  readonly baselineRows: number;
  readonly windowRows: number;
  /** How many independent rows the window's are worth: `windowRows` where rows are independent. */
  readonly effectiveRows: number;
  /** By how much the statistic may be off because values are binned; 0 where it is exact. */
  readonly statisticBound: number;
  /** In words, for people: what changed, from what to what. */
  readonly reason: string;
}

/** A difference in the shape of the data: certain, so it needs no test. */
export interface SchemaFinding {
  readonly name: string;
  readonly kind: 'columnVanished' | 'typeChanged' | 'newColumn';
  /** `newColumn` is told and is no drift. */
  readonly drifted: boolean;
  readonly reason: string;
}

export type DriftVerdict = 'drift' | 'noDrift' | 'notEnoughData';

/** What a window is, compared with the baseline. */
export interface DriftJudgement {
  readonly verdict: DriftVerdict;
  /** In words: which columns and why, or why there is no verdict. */
  readonly reason: string;
  readonly rows: number;
  readonly baselineRows: number;
  /** Worst first: by statistic divided by threshold. */
  readonly findings: readonly DriftFinding[];
  readonly schema: readonly SchemaFinding[];
  /** Share of columns with at least one finding that drifted, 0 to 1. */
  readonly driftedShare: number;
  /** Largest statistic divided by its threshold: above 1 is drift. 0 without findings. */
  readonly maxDrift: number;
}
