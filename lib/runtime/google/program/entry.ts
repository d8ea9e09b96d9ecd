/** What the library of the BigQuery routines offers: one global, `cdkMlops`. */
import type { TurnInput } from './protocol';
import { deployer } from './deployer/program';
import { turn } from './turn';

const PROGRAMS = { deployer };

/** One turn of a program: {@link TurnInput} in, what it answers out, both as JSON. */
export function program(input: string): string {
  return JSON.stringify(turn(PROGRAMS, JSON.parse(input) as TurnInput));
}
