/** Hours: how they are named, where their files lie, and which ones a run looks at. */

const HOUR_MS = 3_600_000;

/** Files of an hour reach S3 some minutes after its end; those that come later still are counted by a later run. */
const GRACE_MS = 5 * 60_000;

/** Hours are named by their beginning, `yyyy-mm-ddThh`, UTC: names sort like the hours. */
export const hourName = (time: number): string => new Date(time).toISOString().slice(0, 13);

/** The beginning of an hour, ISO 8601. */
export const hourStart = (hour: string): string => `${hour}:00:00.000Z`;

/** An hour, some hours later (or before). */
export const hoursLater = (hour: string, hours: number): string =>
  hourName(Date.parse(hourStart(hour)) + hours * HOUR_MS);

/** The folder of an hour in captured data: `yyyy/mm/dd/hh/`. */
export const hourFolder = (hour: string): string => `${hour.replace(/[-T]/g, '/')}/`;

/** The hour of a key that begins with such a folder. */
export function hourOfFolder(key: string): string | undefined {
  const [, year, month, day, hour] = /^(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\//.exec(key) ?? [];
  return year && `${year}-${month}-${day}T${hour}`;
}

/** Hours from one to before another. */
export interface HourRange {
  readonly from: string;
  readonly to: string;
}

/** The hours that are over at a time: so many of them. */
export function closedHours(until: string, count: number): HourRange {
  const to = hourName(Date.parse(until) - GRACE_MS);
  return { from: hoursLater(to, -count), to };
}

/** A range, some hours earlier. */
export function earlier({ from, to }: HourRange, hours: number): HourRange {
  return { from: hoursLater(from, -hours), to: hoursLater(to, -hours) };
}

export const isWithin = (hour: string, { from, to }: HourRange): boolean => from <= hour && hour < to;
