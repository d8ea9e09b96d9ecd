/** Statistics of cdk-mlops: pure functions, `cdk-mlops/statistics`. */
export { anchorOf, judgeAbTest } from './ab-judge';
export type { AbDecision } from './ab-evidence';
export type { AbVerdict } from './ab-judge';
export type { AbAnchor, AbGoal, AbRules, AbTest, ClosedMinute, QualityObservations, SideCounts } from './ab-input';
export type { AbClaim, AbMetric, AbStatus } from './ab-report';
export { trafficNeeded } from './ab-traffic';
export type { TrafficQuestion } from './ab-traffic';
