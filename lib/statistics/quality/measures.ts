/**
 * Measures of prediction quality, each with how likely a value is while the truth is at a limit.
 *
 * | measure | standard error | at a limit |
 * |---|---|---|
 * | accuracy, precision, recall | binomial | binomial, exact |
 * | f1 | of the Jaccard index J = TP / (TP + FP + FN) by the delta method, f1 = 2J / (1 + J) | J is binomial, exact |
 * | auc | DeLong | Student's t, with the larger of DeLong's variance and Hanley's and McNeil's at the limit |
 * | logLoss, mae | sample variance of the losses | Student's t |
 * | rmse | of the mean square by the delta method | Student's t of the mean square |
 */
import { fSf } from '../distributions';
import { binomialCdf, logIncompleteBeta } from '../special-functions';
import { areaUnderCurve, areaVariance } from './auc';
import { confusion, countRight, numbersOf, positives } from './outcomes';
import type { JoinedPredictions, QualityMetric } from './quality';

/** Which side of a limit is poor. */
export type Side = 'below' | 'above';

/** A measured value, and how surprising it and others would be. */
export interface Evidence {
  readonly value: number;
  readonly standardError: number;
  /** Chance of a value of x or beyond, on that side, while the truth is the limit. */
  readonly tail: (x: number, limit: number, side: Side) => number;
}

/** Least distance of a probability from 0 and 1, as in scikit-learn: one certain error costs 36, not everything. */
const CLIPPED = Number.EPSILON;

/** P(X ≤ hits) or P(X ≥ hits) for X binomial; hits are any number, between whole ones it goes on smoothly. */
function binomialTail(hits: number, trials: number, share: number, side: Side): number {
  if (side === 'below') return binomialCdf(hits, trials, share);
  return hits <= 0 ? 1 : Math.exp(logIncompleteBeta(share, hits, trials - hits + 1));
}

/** P(T ≥ t) for T of Student's distribution. Without any spread, what is beyond the limit is so for certain. */
function studentTail(distance: number, standardError: number, degreesOfFreedom: number): number {
  if (standardError === 0) return distance > 0 ? 0 : 1;
  if (!(standardError > 0) || degreesOfFreedom < 1) return 1;
  const half = fSf((distance / standardError) ** 2, 1, degreesOfFreedom) / 2;
  return distance > 0 ? half : 1 - half;
}

function proportion(hits: number, trials: number, none: string): Evidence {
  if (trials === 0) throw new RangeError(none);
  const value = hits / trials;
  return {
    value,
    standardError: Math.sqrt((value * (1 - value)) / trials),
    tail: (x, limit, side) => binomialTail(x * trials, trials, limit, side),
  };
}

function accuracy(joined: JoinedPredictions): Evidence {
  return proportion(countRight(joined), joined.labels.length, 'accuracy needs predictions with labels, got none');
}

function precision(joined: JoinedPredictions): Evidence {
  const { truePositives, falsePositives } = confusion(joined);
  return proportion(truePositives, truePositives + falsePositives, 'precision needs positive predictions, got none');
}

function recall(joined: JoinedPredictions): Evidence {
  const { truePositives, falseNegatives } = confusion(joined);
  return proportion(truePositives, truePositives + falseNegatives, 'recall needs positive labels, got none');
}

function f1(joined: JoinedPredictions): Evidence {
  const { truePositives, falsePositives, falseNegatives } = confusion(joined);
  const trials = truePositives + falsePositives + falseNegatives;
  const jaccard = proportion(truePositives, trials, 'f1 needs positive predictions or labels, got none');
  const toJaccard = (x: number) => x / (2 - x);
  return {
    value: (2 * jaccard.value) / (1 + jaccard.value),
    standardError: (2 * jaccard.standardError) / (1 + jaccard.value) ** 2,
    tail: (x, limit, side) => jaccard.tail(toJaccard(x), toJaccard(limit), side),
  };
}

function auc({ predictions, labels }: JoinedPredictions): Evidence {
  const found = areaUnderCurve(numbersOf('predictions', predictions), positives(labels));
  const { area, variance, positives: ones, negatives } = found;
  const tail = (x: number, limit: number, side: Side) => {
    const distance = side === 'below' ? limit - x : x - limit;
    const largest = Math.max(variance, areaVariance(limit, ones, negatives));
    return studentTail(distance, Math.sqrt(largest), Math.min(ones, negatives) - 1);
  };
  return { value: area, standardError: Math.sqrt(variance), tail };
}

/** A mean of losses. */
function meanLoss(losses: Float64Array): Evidence {
  const rows = losses.length;
  if (rows === 0) throw new RangeError('predictions with labels are needed, got none');
  const value = losses.reduce((sum, loss) => sum + loss, 0) / rows;
  const squares = losses.reduce((sum, loss) => sum + (loss - value) ** 2, 0);
  const standardError = Math.sqrt(squares / (rows - 1) / rows);
  const tail = (x: number, limit: number, side: Side) =>
    studentTail(side === 'below' ? limit - x : x - limit, standardError, rows - 1);
  return { value, standardError, tail };
}

function logLoss({ predictions, labels }: JoinedPredictions): Evidence {
  const [scores, positive] = [numbersOf('predictions', predictions), positives(labels)];
  const wrong = scores.find((score) => score < 0 || score > 1);
  if (wrong !== undefined) throw new RangeError(`logLoss needs probabilities from 0 to 1, got ${wrong}`);
  const losses = scores.map((score, i) => {
    const clipped = Math.min(1 - CLIPPED, Math.max(CLIPPED, score));
    return -Math.log(positive[i] ? clipped : 1 - clipped);
  });
  return meanLoss(losses);
}

function errorsOf({ predictions, labels }: JoinedPredictions): Float64Array {
  const actual = numbersOf('labels', labels);
  return numbersOf('predictions', predictions).map((value, i) => value - actual[i]);
}

function mae(joined: JoinedPredictions): Evidence {
  return meanLoss(errorsOf(joined).map(Math.abs));
}

function rmse(joined: JoinedPredictions): Evidence {
  const square = meanLoss(errorsOf(joined).map((error) => error * error));
  const value = Math.sqrt(square.value);
  const standardError = value === 0 ? 0 : square.standardError / (2 * value);
  return { value, standardError, tail: (x, limit, side) => square.tail(x * x, limit * limit, side) };
}

const MEASURES: Readonly<Record<QualityMetric, (joined: JoinedPredictions) => Evidence>> = {
  accuracy,
  precision,
  recall,
  f1,
  auc,
  logLoss,
  rmse,
  mae,
};

/**
 * Measures quality.
 * @throws RangeError when predictions and labels are not what the measure is of
 */
export function evidenceOf(metric: QualityMetric, joined: JoinedPredictions): Evidence {
  const { predictions, labels } = joined;
  if (predictions.length !== labels.length) {
    throw new RangeError(`each prediction needs one label, got ${predictions.length} and ${labels.length}`);
  }
  return MEASURES[metric](joined);
}
