import type { Findings, RateEvidence, RateName, Shares } from './ab-metrics';

/** What is to be done now. */
export type AbDecision = 'promote' | 'reject' | 'continue';

/** Why a decision was taken. */
export type AbCause = 'shown' | 'harm' | 'wrongShare' | 'timeLimit' | 'tooEarly';

/** All evidence of one look. */
export interface AbEvidence {
  readonly rates: Readonly<Record<RateName, RateEvidence>>;
  readonly findings: readonly Findings[];
  /** ln of the e-value against the meant share of requests. */
  readonly sampleRatio: number;
  readonly wrongShare: boolean;
  readonly shares: Shares;
}
