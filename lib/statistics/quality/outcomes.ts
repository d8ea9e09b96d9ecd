/** Predictions and labels as the measures read them: numbers, scores of two classes, or classes. */
import type { JoinedPredictions } from './quality';

/** How often a class was predicted and true. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

type Value = number | string;

/** From this score on, the positive class is predicted. */
const DECIDED = 0.5;

/** How many values an error message shows. */
const SHOWN = 4;

/** A number as such or in text; NaN for anything else. */
function numberOf(value: Value): number {
  if (typeof value === 'number') return value;
  return value.trim() === '' ? NaN : Number(value);
}

/** One name for a class however it was written: 1, '1', '1.0' and 'true' are the same. */
function classOf(value: Value): string {
  const text = String(value).trim();
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true' ? '1' : '0';
  const number = numberOf(text);
  return Number.isFinite(number) ? String(number) : text;
}

/** By number where both are numbers, else by code unit. */
function isGreater(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? a > b : x > y;
}

function shown(values: Iterable<string>): string {
  const all = [...values];
  return `${all.slice(0, SHOWN).join(', ')}${all.length > SHOWN ? ', …' : ''}`;
}

/**
 * All values as numbers.
 * @throws RangeError at the first that is none
 */
export function numbersOf(what: 'predictions' | 'labels', values: readonly Value[]): Float64Array {
  const numbers = Float64Array.from(values, numberOf);
  const wrong = numbers.findIndex((number) => !Number.isFinite(number));
  if (wrong >= 0) throw new RangeError(`${what} must be finite numbers, got '${values[wrong]}'`);
  return numbers;
}

/**
 * The positive one of two classes: the greater. Of 0 and 1 one may be missing.
 * @throws RangeError when there are more than two, or one that does not tell what the other is
 */
function positiveOf(classes: ReadonlySet<string>): string {
  const names = [...classes];
  if (names.every((name) => name === '0' || name === '1')) return '1';
  if (names.length === 2) return isGreater(names[0], names[1]) ? names[0] : names[1];
  if (names.length > 2) {
    throw new RangeError(`two classes are needed, got ${names.length} (${shown(names)}): use accuracy for more`);
  }
  throw new RangeError(`two classes are needed, got only '${names[0]}'`);
}

/**
 * True for each label that is of the positive class.
 * @throws RangeError when there are not two classes
 */
export function positives(labels: readonly Value[]): boolean[] {
  const classes = labels.map(classOf);
  const positive = positiveOf(new Set(classes));
  return classes.map((name) => name === positive);
}

/** True where predictions are scores from 0 to 1 of one of two classes, not names of classes. */
function areScores(predicted: readonly string[], classes: ReadonlySet<string>): boolean {
  if (classes.size > 2 || predicted.every((name) => classes.has(name))) return false;
  return predicted.every((name) => Number(name) >= 0 && Number(name) <= 1);
}

/** Predicted and true classes: of scores, those from one half on are of the positive class. */
function classesOf({ predictions, labels }: JoinedPredictions): { predicted: string[]; actual: string[] } {
  const [predicted, actual] = [predictions.map(classOf), labels.map(classOf)];
  const classes = new Set(actual);
  if (!areScores(predicted, classes)) return { predicted, actual };
  const positive = positiveOf(classes);
  const negative = [...classes].find((name) => name !== positive) ?? '0';
  return { predicted: predicted.map((score) => (Number(score) >= DECIDED ? positive : negative)), actual };
}

/** How many predictions are right. */
export function countRight(joined: JoinedPredictions): number {
  const { predicted, actual } = classesOf(joined);
  return predicted.reduce((right, name, i) => right + (name === actual[i] ? 1 : 0), 0);
}

/**
 * Counts for the positive of two classes.
 * @throws RangeError when there are not two classes
 */
export function confusion(joined: JoinedPredictions): Confusion {
  const { predicted, actual } = classesOf(joined);
  const positive = positiveOf(new Set([...actual, ...predicted]));
  let [truePositives, falsePositives, falseNegatives] = [0, 0, 0];
  predicted.forEach((name, i) => {
    if (name === positive && actual[i] === positive) truePositives++;
    else if (name === positive) falsePositives++;
    else if (actual[i] === positive) falseNegatives++;
  });
  return { truePositives, falsePositives, falseNegatives };
}
