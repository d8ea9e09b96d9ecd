/** Hours: how they are named, and which ones a run looks at. Named by their beginning, `yyyy-mm-ddThh`, they sort like time. */
import type { Carry } from './carry';
import type { HourRange, Ranges } from './routines/hours';
import type { Work } from './work';

const HOUR_MS = 3_600_000;

/** Vertex AI logs requests within minutes; those that come later still are counted by a later run. */
const GRACE_MS = 5 * 60_000;

/** A week before the window tells what is chance, what the daily cycle is, and what is neither. */
const CYCLE_HOURS = 168;

export const hourName = (time: number): string => new Date(time).toISOString().slice(0, 13);

/** The beginning of an hour, ISO 8601. */
export const hourStart = (hour: string): string => `${hour}:00:00.000Z`;

const later = (hour: string, hours: number): string => hourName(Date.parse(hourStart(hour)) + hours * HOUR_MS);

/** The hours that a run judges, and those before. */
function rangesOf(
  until: string,
  { windowHours, baseline }: { readonly windowHours: number; readonly baseline: 'training' | 'rolling' },
): Ranges {
  const end = hourName(Date.parse(until) - GRACE_MS);
  const window = { from: later(end, -windowHours), to: end };
  const rolling = baseline === 'rolling';
  return {
    window,
    before: { from: later(window.from, -(rolling ? windowHours : CYCLE_HOURS)), to: window.from },
    rolling,
  };
}

/** A range, some hours earlier. */
export const earlier = ({ from, to }: HourRange, hours: number): HourRange => ({
  from: later(from, -hours),
  to: later(to, -hours),
});

/** The hours of a run. */
export const rangesOfRun = ({ argument }: Pick<Work, 'argument'>, { startedAt, rules }: Carry): Ranges =>
  rangesOf(argument.until ?? startedAt, rules);
