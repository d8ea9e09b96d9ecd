/** Vertex AI's log is minutes late, and a window ends at the last hour that was over for five minutes. */
const MINUTE = 10;

/** Runs every so many hours, as Cloud Scheduler takes it: at the same hours of each day where these divide it, otherwise at an interval. */
export function everyHoursCron(everyHours: number): string {
  if (24 % everyHours !== 0) return `every ${everyHours} hours`;
  if (everyHours === 24) return `${MINUTE} 0 * * *`;
  return everyHours === 1 ? `${MINUTE} * * * *` : `${MINUTE} */${everyHours} * * *`;
}
