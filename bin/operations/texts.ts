/** Texts of the record, as people read them. */
import type { DeploymentRecord, InFlight } from '../../lib/deployer/record';

// Services' messages and people's names may hold line breaks, and what moves a terminal's cursor.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;

/** A text as one line without control characters. */
export function plain(text: string): string {
  return text.replace(CONTROL, ' ').trim();
}

/** `2026-11-25 15:42 UTC`. */
export function time(iso: string): string {
  const [, day, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) ?? [];
  return day === undefined ? plain(iso) : `${day} ${minute} UTC`;
}

/** 41200 → 41,200. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A share of requests: "800 (1 %)". */
export function part(value: number, of: number): string {
  return of > 0 ? `${count(value)} (${Number(((value / of) * 100).toPrecision(3))} %)` : count(value);
}

/** What is being done. */
export function inFlightText({ purpose, why, progress, startedAt, deadline }: InFlight): string {
  const share = progress?.percent === undefined ? '' : `, ${progress.percent} % of the requests`;
  return `${purpose}: ${plain(why)}${share}, since ${time(startedAt)}, until ${time(deadline)} at the latest`;
}

/** What the deployer is at work on; nothing when it rests. A test that runs is not work: it is over in days. */
export function work({ inFlight, requests, test }: DeploymentRecord): string | undefined {
  if (inFlight) return inFlightText(inFlight);
  if (requests.length > 0) return `waiting: ${requests.map(({ kind, by }) => `${kind} by ${plain(by)}`).join(', ')}`;
  if (test?.verdict) return `the test ends: ${plain(test.verdict.reason)}`;
  return test && test.startedAt === undefined ? 'the test has no traffic yet' : undefined;
}

/** Most lines of a list for people; `--json` has them all. */
const SHOWN = 5;

/** The first of a list, each on a line; how many more there are. */
export function listed<T>(name: string, items: readonly T[], text: (item: T) => string): string[][] {
  const lines = items.slice(0, SHOWN).map((item, index) => [index === 0 ? name : '', text(item)]);
  const more = items.length - SHOWN;
  return more > 0 ? [...lines, ['', `and ${more} more (--json has them all)`]] : lines;
}
