import { AB_TEST, minute, policy, Simulation, version } from './simulation';

/** An endpoint under a policy, with versions deployed one after another. */
export function serving(inForce = policy(), ...numbers: number[]): Simulation {
  const it = new Simulation();
  it.ask({ kind: 'policy', policy: inForce, create: true });
  for (const number of numbers) approve(it, number);
  return it;
}

export function approve(it: Simulation, number: number): void {
  it.approved = [version(number), ...it.approved];
  it.run();
}

/** An endpoint on which version 2 is tested against version 1. */
export function testing(): Simulation {
  const it = serving(policy(), 1);
  it.ask({ kind: 'policy', policy: policy({ abTest: AB_TEST }) });
  approve(it, 2);
  return it;
}

/** Traffic of a minute: 1 % of errors on both sides, and 30 % on the challenger's. */
export const FAIR = { champion: minute(800, 8), challenger: minute(200, 2) };
export const HARMFUL = { champion: minute(800, 8), challenger: minute(200, 60) };
