import { ConfigError, describe } from '../lib/config/problems';
import { InputError } from './command';

/** What is wrong, one problem a line, without a stack trace. */
export function problemLines(error: unknown): readonly string[] {
  if (error instanceof InputError) return error.problems;
  if (error instanceof ConfigError) return error.problems.map(describe);
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n').filter((line) => line.trim() !== '');
}
