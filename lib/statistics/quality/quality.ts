/** A measure of prediction quality. */
export type QualityMetric = 'accuracy' | 'precision' | 'recall' | 'f1' | 'auc' | 'logLoss' | 'rmse' | 'mae';

/** Predictions with what became true, joined by id. Arrays of one length. */
export interface JoinedPredictions {
  /** Score, probability, predicted number, or predicted label. */
  readonly predictions: readonly (number | string)[];
  readonly labels: readonly (number | string)[];
}

/** What a measure is, and how sure. */
export interface MeasuredQuality {
  readonly metric: QualityMetric;
  readonly value: number;
  /** Of `value`; NaN where it cannot be told. */
  readonly standardError: number;
  readonly rows: number;
}

/** What is accepted. One of the two limits is given. */
export interface QualityRules {
  readonly metric: QualityMetric;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Fewest joined rows for a verdict. */
  readonly minimumSamples: number;
  /** Accepted chance of a false alarm in one run. */
  readonly alpha: number;
}

export interface QualityJudgement {
  readonly verdict: 'poor' | 'fine' | 'notEnoughData';
  readonly reason: string;
  readonly metric: QualityMetric;
  /** Null without a verdict. */
  readonly value: number | null;
  readonly standardError: number | null;
  readonly limit: number;
  /** The value beyond which it is poor: the limit, moved by what chance explains. */
  readonly threshold: number | null;
  readonly pValue: number | null;
  readonly rows: number;
  /** Predictions of the window that have no label yet. */
  readonly unlabelled: number;
}
