/** What the library of the BigQuery routines offers: one global, `cdkMlops`. */
import type { TurnInput } from './protocol';
import { deployer } from './deployer/program';
import { drift } from './drift/program';
import { turn } from './turn';

export * from './drift/routines';

const PROGRAMS = { deployer, drift };

/** One turn of a program: {@link TurnInput} in, what it answers out, both as JSON. */
export function program(input: string): string {
  return JSON.stringify(turn(PROGRAMS, JSON.parse(input) as TurnInput));
}
