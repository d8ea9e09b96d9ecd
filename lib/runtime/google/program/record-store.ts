/** Records: documents that are written as a whole, and only over what was read. */
import type { GoogleSettings } from '../../google-contract';
import type { Activity, Requesting } from './protocol';
import type { Place } from './storage';
import { readObject, WrittenByAnother, writeObject } from './storage';

/** A record that counts its writes. */
interface Revised {
  readonly revision: number;
}

/** Where records of a kind are, and how they are read. */
export interface RecordKind<R extends Revised> {
  readonly place: Place;
  /** Of which nothing has been written. */
  readonly empty: () => R;
  /** @throws when the text is no such record */
  readonly parse: (text: string) => R;
  /** Keeps a record small: a workflow's variables have 512 KB in all. */
  readonly trim: (record: R) => R;
}

/** A record, and the generation of the object that it was read from. */
export interface Read<R> {
  readonly record: R;
  readonly generation?: string;
}

/** The record as it is now; an empty one where none has been written. */
export function* readRecord<R extends Revised>(settings: GoogleSettings, kind: RecordKind<R>): Requesting<Read<R>> {
  const stored = yield* readObject(settings, kind.place);
  return stored ? { record: kind.parse(stored.text), generation: stored.generation } : { record: kind.empty() };
}

/**
 * Writes a record over the one that was read, unless nothing has changed.
 *
 * @throws WrittenByAnother when it is not the same any more: {@link startingOver} begins the activity again
 */
export function* writeRecord<R extends Revised>(
  settings: GoogleSettings,
  kind: RecordKind<R>,
  read: Read<R>,
  record: R,
): Requesting<void> {
  if (record === read.record) return;
  const written = { ...kind.trim(record), revision: read.record.revision + 1 };
  yield* writeObject(settings, kind.place, JSON.stringify(written), read.generation);
}

/** Times that an activity begins again. Others write a few times a minute at the most. */
const MOST_TRIES = 20;

/** An activity that begins again, without the answers that it has had, when another has written the record meanwhile. */
export function startingOver(name: string, activity: Activity): Activity {
  return function* (context, carry) {
    try {
      return yield* activity(context, carry);
    } catch (error) {
      const { conflicts = 0 } = (carry ?? {}) as { conflicts?: number };
      if (!(error instanceof WrittenByAnother) || conflicts >= MOST_TRIES) throw error;
      return {
        next: { activity: name, carry: { ...(carry as object | null), conflicts: conflicts + 1 }, waitSeconds: 1 },
      };
    }
  };
}
