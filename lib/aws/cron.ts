import { CRON_FIELD_SIZES, parseCron } from '../config/cron';

/**
 * The EventBridge form of five cron fields: six fields with a year, days of the week from Sunday = 1, and a question mark in
 * the day field that the other one decides.
 *
 * @returns a schedule expression, such as `cron(0 3 * * ? *)`
 */
export function eventBridgeCron(cron: string): string {
  const fields = parseCron(cron);
  const onWeekdays = fields.dayOfWeek.length < CRON_FIELD_SIZES.dayOfWeek;
  const dayOfMonth = onWeekdays ? '?' : render(fields.dayOfMonth, CRON_FIELD_SIZES.dayOfMonth);
  const dayOfWeek = onWeekdays
    ? render(
        fields.dayOfWeek.map((day) => day + 1),
        CRON_FIELD_SIZES.dayOfWeek,
      )
    : '?';
  const minute = render(fields.minute, CRON_FIELD_SIZES.minute);
  const hour = render(fields.hour, CRON_FIELD_SIZES.hour);
  const month = render(fields.month, CRON_FIELD_SIZES.month);
  return `cron(${minute} ${hour} ${dayOfMonth} ${month} ${dayOfWeek} *)`;
}

/** Values as a list with ranges: an expression has at most 256 characters. */
function render(values: readonly number[], size: number): string {
  if (values.length === size) return '*';
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === value - 1) last[1] = value;
    else runs.push([value, value]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
