/** Reports of a run in S3: JSON for programs, a page for people. */
import type { DriftReport } from '../../../monitoring/report';
import { reportPage } from '../../../monitoring/report-page';
import type { Cloud } from './cloud';
import { readText, writeObject } from './objects';
import type { Run } from './run';

/** Where the report of a run lies, without its ending; by the day on which the run began. */
export const reportKey = ({ output, id }: Run, startedAt: string): string =>
  `${output.prefix}reports/${startedAt.slice(0, 10).replaceAll('-', '/')}/${id}`;

/** Where people find the page of a run. */
export const pageUri = (run: Run, startedAt: string): string =>
  `s3://${run.output.bucket}/${reportKey(run, startedAt)}.html`;

/** Writes the report; the newest run's also as `latest`. */
export async function publishReport(
  { s3 }: Cloud,
  run: Run,
  startedAt: string,
  report: DriftReport,
  newest: boolean,
): Promise<void> {
  const [json, page] = [JSON.stringify(report), reportPage(report)];
  const keys = [reportKey(run, startedAt), ...(newest ? [`${run.output.prefix}latest`] : [])];
  for (const key of keys) {
    await writeObject(s3, run.output, `${key}.json`, json, 'application/json');
    await writeObject(s3, run.output, `${key}.html`, page, 'text/html; charset=utf-8');
  }
}

/** The newest report; nothing where there is none, or it cannot be read: it is only looked back at. */
export async function latestReport({ s3 }: Cloud, { output }: Run): Promise<DriftReport | undefined> {
  const text = await readText(s3, output.bucket, `${output.prefix}latest.json`);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as DriftReport);
  } catch {
    return undefined;
  }
}
