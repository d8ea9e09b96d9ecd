import { CRON_FIELD_SIZES, parseCron } from '../config/cron';

/** Time zone of all schedules; it has no daylight saving time, in which Cloud Scheduler would skip or repeat hours. */
export const SCHEDULE_TIME_ZONE = 'Etc/UTC';

/**
 * The form of five cron fields that Cloud Scheduler takes (`schedule` of `google_cloud_scheduler_job`). It reads unix-cron, so the text
 * stays, but for the day fields: where neither is a star, unix-cron runs on the days of both. A field with all its days becomes a
 * star, and days of the week are listed from Sunday = 0.
 *
 * @returns a schedule, such as `0 3 * * *`
 */
export function schedulerCron(cron: string): string {
  const fields = parseCron(cron);
  const [minute, hour, dayOfMonth, month] = cron.trim().toUpperCase().split(/\s+/);
  const everyDayOfMonth = fields.dayOfMonth.length === CRON_FIELD_SIZES.dayOfMonth;
  const everyDayOfWeek = fields.dayOfWeek.length === CRON_FIELD_SIZES.dayOfWeek;
  return [
    minute,
    hour,
    everyDayOfMonth ? '*' : dayOfMonth,
    month,
    everyDayOfWeek ? '*' : fields.dayOfWeek.join(','),
  ].join(' ');
}
