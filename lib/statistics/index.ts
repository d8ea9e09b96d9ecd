/** Statistics of cdk-mlops: pure functions, `cdk-mlops/statistics`. */
export { anchorOf, anchorShown } from './ab-anchor';
export { judgeAbTest, judgeTotals } from './ab-judge';
export type { AbCause, AbDecision } from './ab-evidence';
export type { AbVerdict } from './ab-judge';
export { addMinutes, NO_TOTALS } from './ab-input';
export type {
  AbAnchor,
  AbGoal,
  AbRules,
  AbTest,
  AbTotals,
  ClosedMinute,
  CountedTest,
  QualityObservations,
  SideCounts,
} from './ab-input';
export type { AbClaim, AbMetric, AbStatus } from './ab-report';
export { trafficNeeded } from './ab-traffic';
export type { TrafficQuestion } from './ab-traffic';
export {
  chiSquaredSf,
  fSf,
  gammaSf,
  kolmogorovSf,
  kolmogorovTwoSampleSf,
  normalQuantile,
  normalSf,
} from './distributions';
export { alphaPerRun, judgeDrift } from './drift/judge';
export type { HourOfCounts, JudgedBaseline, JudgedWindow } from './drift/judge';
export type * from './drift/judgement';
export {
  chiSquaredTest,
  jensenShannon,
  ksTwoSample,
  lInfinity,
  populationStability,
  psi,
  wassersteinDistance,
} from './drift/two-samples';
export type { ChiSquaredResult, KsResult } from './drift/two-samples';
export { judgeQuality, measureQuality } from './quality/judge-quality';
export type * from './quality/quality';
