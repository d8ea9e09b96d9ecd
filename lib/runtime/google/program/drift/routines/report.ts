import type { ReportInput } from '../../../../../monitoring/report';
import { buildReport } from '../../../../../monitoring/report';
import { reportPage } from '../../../../../monitoring/report-page';
import type { Judged } from './judged';

/** What the report says besides what was judged. */
export type ReportState = Omit<ReportInput, keyof Judged>;

/** The report of a run: as JSON, or as a page where the form is `html`. */
export function driftReport(judged: string, state: string, form: string): string {
  const report = buildReport({ ...(JSON.parse(state) as ReportState), ...(JSON.parse(judged) as Judged) });
  return form === 'html' ? reportPage(report) : JSON.stringify(report);
}
