/** One field of a cron expression. */
interface CronFieldKind {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const KINDS = {
  minute: { name: 'minute', min: 0, max: 59, words: [] },
  hour: { name: 'hour', min: 0, max: 23, words: [] },
  dayOfMonth: { name: 'day-of-month', min: 1, max: 31, words: [] },
  month: { name: 'month', min: 1, max: 12, words: MONTHS },
  // 7 is Sunday as well; it is folded into 0 after parsing.
  dayOfWeek: { name: 'day-of-week', min: 0, max: 7, words: DAYS },
} satisfies Record<string, CronFieldKind>;

/** The values of each field, ascending, that a cron expression names; day-of-week counts from Sunday = 0. */
export interface CronFields {
  readonly minute: readonly number[];
  readonly hour: readonly number[];
  readonly dayOfMonth: readonly number[];
  readonly month: readonly number[];
  readonly dayOfWeek: readonly number[];
}

/** Number of values when a field is unrestricted (`*`). */
export const CRON_FIELD_SIZES: Readonly<Record<keyof CronFields, number>> = {
  minute: 60,
  hour: 24,
  dayOfMonth: 31,
  month: 12,
  dayOfWeek: 7,
};

/** Longest day-of-month per month, leap days included. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads five cron fields, or says what is wrong with them. */
export function fieldsOfCron(cron: string): { readonly fields?: CronFields; readonly problem?: string } {
  try {
    return { fields: parseCron(cron) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Reads five cron fields (minute hour day-of-month month day-of-week). Throws a plain sentence when they are wrong. */
export function parseCron(cron: string): CronFields {
  const shown = JSON.stringify(cron.slice(0, 80));
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== 5) {
    throw new Error(
      `got ${shown}, allowed: five fields, minute hour day-of-month month day-of-week, such as "0 3 * * *"`,
    );
  }
  const [minute, hour, dayOfMonth, month] = [
    parseField(parts[0], KINDS.minute),
    parseField(parts[1], KINDS.hour),
    parseField(parts[2], KINDS.dayOfMonth),
    parseField(parts[3], KINDS.month),
  ];
  const dayOfWeek = ascending(parseField(parts[4], KINDS.dayOfWeek).map((day) => day % 7));
  const fields = { minute, hour, dayOfMonth, month, dayOfWeek };
  refuseAmbiguous(fields, shown);
  return fields;
}

function refuseAmbiguous({ dayOfMonth, month, dayOfWeek }: CronFields, shown: string): void {
  const restricted = dayOfMonth.length < CRON_FIELD_SIZES.dayOfMonth;
  if (restricted && dayOfWeek.length < CRON_FIELD_SIZES.dayOfWeek) {
    throw new Error(
      `got ${shown}: day-of-month and day-of-week cannot both be restricted, the two clouds read that differently; put * in one`,
    );
  }
  if (!month.some((m) => dayOfMonth[0] <= LONGEST[m - 1])) {
    throw new Error(`got ${shown}, which never comes: no such month has a day ${dayOfMonth[0]}`);
  }
}

function parseField(text: string, kind: CronFieldKind): number[] {
  return ascending(text.split(',').flatMap((item) => parseItem(item, kind, text)));
}

// One item: a star, a value or a range, with a step where it has several values.
function parseItem(item: string, kind: CronFieldKind, field: string): number[] {
  const match = /^(?:(\*)|([0-9]{1,2}|[A-Za-z]{3})(?:-([0-9]{1,2}|[A-Za-z]{3}))?)(?:\/([0-9]{1,2}))?$/.exec(item);
  if (match === null) throw refusal(field, kind);
  const [, star, first, last, step] = match;
  // A step after a single value means different things to different schedulers.
  if (step !== undefined && (Number(step) === 0 || (star === undefined && last === undefined)))
    throw refusal(field, kind);
  const from = star ? kind.min : valueOf(first, kind, field);
  const starEnd = kind === KINDS.dayOfWeek ? 6 : kind.max;
  const to = star ? starEnd : last === undefined ? from : valueOf(last, kind, field);
  if (from > to) {
    throw new Error(`got the ${kind.name} ${field}: a range must ascend; write it as a list, such as ${last},${first}`);
  }
  const values = [];
  for (let value = from; value <= to; value += Number(step ?? 1)) values.push(value);
  return values;
}

function valueOf(text: string, kind: CronFieldKind, field: string): number {
  const word = kind.words.indexOf(text.toUpperCase());
  const value = word >= 0 ? word + kind.min : Number(text);
  if (!Number.isInteger(value) || value < kind.min || value > kind.max) throw refusal(field, kind);
  return value;
}

function refusal(field: string, kind: CronFieldKind): Error {
  const names = kind.words.length > 0 ? `, ${kind.words[0]} to ${kind.words.at(-1)}` : '';
  return new Error(
    `got the ${kind.name} ${JSON.stringify(field.slice(0, 40))}, allowed: ${kind.min} to ${kind.max}${names}, lists (1,3), ranges (1-5), steps (*/2, 1-5/2)`,
  );
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
