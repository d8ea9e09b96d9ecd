import type { TrainingPlan } from '../../plan/training-plan';

/**
 * Hyperparameters as a script's arguments, the same as SageMaker's training toolkit makes: `--name value`, `-n value` for names of
 * one letter, and Python's words for true and false.
 */
export function hyperparameterArguments(values: TrainingPlan['hyperparameters']): string[] {
  return Object.entries(values).flatMap(([name, value]) => [`${name.length > 1 ? '--' : '-'}${name}`, asText(value)]);
}

function asText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}
