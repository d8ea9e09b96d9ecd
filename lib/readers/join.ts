/** Predictions with what became true. */
import { hashText } from '../statistics/profile/hash';
import type { JoinedPredictions } from '../statistics/quality/quality';
import type { Label } from './labels';
import type { Prediction } from './predictions';

/** Beyond so many predictions a sample is kept: about 300 MB, and enough for a standard error of 0.001 of any share. */
const LIMIT = 500_000;

/** A join, and what was left out of it. */
export interface Join {
  readonly joined: JoinedPredictions;
  /** Distinct ids that were kept: all of them, or where there are too many a sample. */
  readonly predictions: number;
  /** Share of all ids that the sample keeps, above 0 to 1. */
  readonly sampledShare: number;
  /** Of those kept, how many have no label yet. */
  readonly unlabelled: number;
  /** Predictions whose id stood before; the last one in time counts. */
  readonly repeatedPredictions: number;
  /** Labels whose id had one before; the last one that is read counts: it corrects the others. */
  readonly repeatedLabels: number;
  /** Labels whose prediction is not among those kept, repeated ones too. */
  readonly unmatchedLabels: number;
}

interface Kept {
  prediction: number | string;
  at: string;
  label?: number | string;
}

/**
 * Joins predictions with labels by id, whenever labels come: predictions are read first, then labels. Order of both decides
 * only between repeated ids: of predictions the last one by time counts (the first of equal times), of labels the last one
 * read. Beyond `limit` ids those are kept whose hash is below a bound that is halved until they fit: a sample that depends on
 * the ids alone, so the same data gives the same one.
 */
export async function joinPredictions(
  predictions: AsyncIterable<Prediction>,
  labels: AsyncIterable<Label>,
  { limit = LIMIT }: { readonly limit?: number } = {},
): Promise<Join> {
  const { kept, bound, repeated } = await keepPredictions(predictions, limit);
  let [repeatedLabels, unmatchedLabels] = [0, 0];
  for await (const { id, label } of labels) {
    const one = kept.get(id);
    if (!one) unmatchedLabels++;
    else {
      if (one.label !== undefined) repeatedLabels++;
      one.label = label;
    }
  }
  const labelled = [...kept.values()].filter(({ label }) => label !== undefined);
  return {
    joined: {
      predictions: labelled.map(({ prediction }) => prediction),
      labels: labelled.map(({ label }) => label!),
    },
    predictions: kept.size,
    sampledShare: bound / HASHES,
    unlabelled: kept.size - labelled.length,
    repeatedPredictions: repeated,
    repeatedLabels,
    unmatchedLabels,
  };
}

/** How many hashes there are. */
const HASHES = 2 ** 32;

async function keepPredictions(predictions: AsyncIterable<Prediction>, limit: number) {
  const kept = new Map<string, Kept>();
  let [bound, repeated] = [HASHES, 0];
  for await (const { id, prediction, at = '' } of predictions) {
    const before = kept.get(id);
    if (before) {
      repeated++;
      if (at > before.at) Object.assign(before, { prediction, at });
    } else if (bound === HASHES || hashText(id) < bound) kept.set(copy(id), { prediction: copy(prediction), at });
    while (kept.size > limit) {
      bound /= 2;
      for (const other of kept.keys()) if (hashText(other) >= bound) kept.delete(other);
    }
  }
  return { kept, bound, repeated };
}

/** A part of a text keeps all of it in memory: a copy does not. */
function copy<T extends number | string>(value: T): T {
  return typeof value === 'string' ? (JSON.parse(JSON.stringify(value)) as T) : value;
}
