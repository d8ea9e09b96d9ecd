/** What `status` says of a drift monitor. */
import type { MonitorDecision, MonitorRecord, MonitorRun, MonitorState, Retraining } from '../lib/monitoring/record';
import { count, listed, plain, time } from './operations/texts';

/** A monitor in the document of `status --json`: its record, without what only its writer needs. */
export function monitorDocument({ format: _format, revision: _revision, ...record }: MonitorRecord): object {
  return record;
}

/** A monitor for people. */
export function monitorRows(record: MonitorRecord): string[][] {
  const { monitor, state, since, runs, retrainings, decisions } = record;
  const [last] = runs;
  return [
    ['monitor', `${plain(monitor)}: ${last ? stateText(DRIFT, state, since) : 'has not run yet'}`],
    ...(last ? runRows(last) : []),
    ...qualityRows(record),
    ...(last?.report === undefined ? [] : [['  report', plain(last.report)]]),
    ...listed('  retrained', retrainings, retrainingText),
    ...listed('  decided', decisions, decisionText),
  ];
}

const DRIFT: Readonly<Record<MonitorState, string>> = { unknown: 'no verdict', ok: 'no drift', drift: 'drift' };
const QUALITY: Readonly<Record<MonitorState, string>> = { unknown: 'no verdict', ok: 'fine', drift: 'poor' };

function stateText(
  words: Readonly<Record<MonitorState, string>>,
  state: MonitorState,
  since: string | undefined,
): string {
  return since === undefined ? `${words[state]} yet` : `${words[state]} since ${time(since)}`;
}

function runRows({ at, reason, failure, rows, driftedColumns, moreColumns = 0 }: MonitorRun): string[][] {
  const said = failure === undefined ? reason : `failed: ${failure}`;
  const more = moreColumns > 0 ? ` and ${count(moreColumns)} more` : '';
  return [
    ['  last run', `${time(at)}, ${count(rows)} rows: ${plain(said)}`],
    ...(driftedColumns.length > 0 ? [['  drifted', `${driftedColumns.map(plain).join(', ')}${more}`]] : []),
  ];
}

function qualityRows({ runs: [last], quality, qualitySince }: MonitorRecord): string[][] {
  const seen = last?.quality;
  if (!seen && qualitySince === undefined) return [];
  const said = seen?.reason === undefined ? '' : `: ${plain(seen.reason)}`;
  return [['  quality', `${stateText(QUALITY, quality, qualitySince)}${said}`]];
}

function retrainingText({ at, cause, why, execution }: Retraining): string {
  const where = execution === undefined ? 'not known whether it started' : plain(execution);
  return `${time(at)} by ${plain(cause)}: ${plain(why)} (${where})`;
}

function decisionText({ at, what, why, times, lastAt }: MonitorDecision): string {
  const often = times === undefined ? '' : ` (${times} times, last ${time(lastAt ?? at)})`;
  return `${time(at)} ${plain(what)}: ${plain(why)}${often}`;
}
