import type { DeploymentRecord } from '../../../../deployer/record';

/**
 * Most characters of a record as JSON. A workflow's variables have 512 KB in all, and hold the record up to three times: as an answer,
 * in the question to the program, and in what is written.
 */
export const MOST_CHARACTERS = 60_000;

/**
 * The record, small enough: first its reasons are cut, then its history goes, the oldest first. What is asked for, what is in flight,
 * what serves and what is tested always stay.
 */
export function trimmed(record: DeploymentRecord): DeploymentRecord {
  const tighter = [record, ...[500, 200].map((length) => withShortReasons(record, length))];
  const shortest = withShortReasons(record, 100);
  for (const share of [1, 0.5, 0.25, 0.1]) tighter.push(withLatest(shortest, share));
  return tighter.find((one) => JSON.stringify(one).length <= MOST_CHARACTERS) ?? withLatest(shortest, 0);
}

function withShortReasons(record: DeploymentRecord, length: number): DeploymentRecord {
  const { decisions, untold, settled, refused } = record;
  const why = <T extends { readonly why: string }>(one: T): T => ({ ...one, why: one.why.slice(0, length) });
  const entries = Object.entries(refused).map(([key, one]) => [key, { ...one, reason: one.reason.slice(0, length) }]);
  return {
    ...record,
    decisions: decisions.map(why),
    untold: untold.map(why),
    settled: settled.map((one) => ({ ...one, outcome: one.outcome.slice(0, length) })),
    refused: Object.fromEntries(entries) as DeploymentRecord['refused'],
  };
}

function withLatest(record: DeploymentRecord, share: number): DeploymentRecord {
  const latest = <T>(list: readonly T[]): T[] => list.slice(0, Math.ceil(list.length * share));
  return {
    ...record,
    captures: latest(record.captures),
    decisions: latest(record.decisions),
    settled: latest(record.settled),
  };
}
