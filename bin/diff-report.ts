import type { ChangeCause, ChangeKind, Refusal, ResourceChange } from '../lib/plan/change';
import { placeOf } from './parts';
import type { Color, Painter } from './terminal';
import { columns } from './terminal';

const KINDS: Readonly<Record<ChangeKind, { symbol: string; color: Color; text: string }>> = {
  added: { symbol: '+', color: 'green', text: 'added' },
  updated: { symbol: '~', color: 'yellow', text: 'updated in place' },
  replaced: { symbol: '!', color: 'red', text: 'replaced' },
  mayBeReplaced: { symbol: '?', color: 'red', text: 'perhaps replaced' },
  removed: { symbol: '-', color: 'red', text: 'removed' },
  orphaned: { symbol: 'o', color: 'red', text: 'left behind' },
};

/** How many changes of each kind there are. */
export function countKinds(changes: readonly ResourceChange[]): Readonly<Record<ChangeKind, number>> {
  const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
  return Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, count(kind)])) as Record<ChangeKind, number>;
}

/** The changes, grouped by the part they belong to. */
export function changeLines(changes: readonly ResourceChange[], paint: Painter): string[] {
  const parts = new Map<string, ResourceChange[]>();
  for (const change of changes) {
    const { part } = placeOf(change.constructPath, change.logicalId);
    parts.set(part, [...(parts.get(part) ?? []), change]);
  }
  const cells = new Map(changes.map((change) => [change, row(change)]));
  const aligned = columns([...cells.values()]);
  const lines = new Map([...cells.keys()].map((change, i) => [change, aligned[i]]));
  return [...parts].flatMap(([part, own]) => [
    '',
    paint('bold', part),
    ...own.flatMap((change) => [
      `  ${paint(KINDS[change.kind].color, KINDS[change.kind].symbol)} ${lines.get(change)}`,
      ...shownCauses(change).map((line) => paint('dim', `      ${line}`)),
    ]),
  ]);
}

function row(change: ResourceChange): string[] {
  return [placeOf(change.constructPath, change.logicalId).path, change.type, change.stateful ? 'stateful' : ''];
}

const MOST_CAUSES = 3;

function shownCauses({ causes }: ResourceChange): string[] {
  const shown = causes.slice(0, MOST_CAUSES).map(causeLine);
  return causes.length > MOST_CAUSES ? [...shown, `and ${causes.length - MOST_CAUSES} more`] : shown;
}

function causeLine({ path, before, after, replaces }: ChangeCause): string {
  const effect = { yes: ' (replaces)', maybe: ' (may replace)', no: '' }[replaces];
  const change =
    before !== undefined && before === after ? `${before} becomes another` : `${before ?? 'none'} → ${after ?? 'none'}`;
  return `${path}: ${change}${effect}`;
}

/** A refusal as one line. */
export function refusalLine({ subject, reason, wayOut }: Refusal, paint: Painter): string {
  return `${paint('red', 'refused')} ${subject} ${reason}; ${wayOut}`;
}

/** What it all comes to. */
export function verdictLines(
  changes: readonly ResourceChange[],
  refused: readonly Refusal[],
  paint: Painter,
): string[] {
  if (changes.length === 0 && refused.length === 0) return [paint('green', 'nothing changes')];
  const counts = Object.entries(countKinds(changes)).filter(([, count]) => count > 0);
  const summary =
    counts.map(([kind, count]) => `${count} ${KINDS[kind as ChangeKind].text}`).join(', ') || 'no resource changes';
  if (refused.length > 0)
    return [summary, paint('red', `refused for ${refused.length} ${refused.length === 1 ? 'reason' : 'reasons'}`)];
  return [summary, paint('green', 'nothing stateful is replaced or removed')];
}
