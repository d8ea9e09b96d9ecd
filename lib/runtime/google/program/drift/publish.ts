/** Long documents on their way to Cloud Storage: uploaded in pieces, put together there. */
import { emptyCounts } from '../../../../statistics/profile/counts';
import type { Ending, Requesting } from '../protocol';
import { ask, demand } from '../turn';
import { query, urlOf } from '../urls';
import type { Carry, Publishing } from './carry';
import { hourStart, rangesOfRun } from './hours';
import { begin, rows } from './jobs';
import type { Judged } from './routines/judged';
import type { ReportState } from './routines/report';
import { driftReport } from './routines/report';
import { profilePieces, reportPieces } from './sql/pieces';
import type { LeasedRecord, Work } from './work';
import { isNewest, read, runId, to } from './work';

const TYPES: Readonly<Record<string, string>> = { html: 'text/html; charset=utf-8', json: 'application/json' };

/** Objects that one request puts together. */
const MOST_COMPONENTS = 32;

/** Where the report of a run lies, without its ending; by the day on which the run began. */
const reportName = (work: Work, { startedAt }: Carry): string =>
  `${work.settings.folder}reports/${startedAt.slice(0, 10).replace(/-/g, '/')}/${runId(work)}`;

/** Where people find the page of a run. */
export const pageUri = (work: Work, carry: Carry): string =>
  `gs://${work.settings.bucket}/${reportName(work, carry)}.html`;

/** Has BigQuery write the report, in pieces. */
export function* publish(work: Work, carry: Carry): Requesting<Ending> {
  const { record } = yield* read(work);
  const state = JSON.stringify(stateOf(work, carry, record));
  const next = { ...carry, publishing: publishing(work, carry, isNewest(work, record)) };
  const run = { id: runId(work), at: carry.startedAt };
  return yield* begin(work, next, 'publish', 'upload', reportPieces(work.settings, run, state));
}

/** Without counts the report is short. */
export function* publishAlone(work: Work, carry: Carry): Requesting<Ending> {
  const { record } = yield* read(work);
  const state = JSON.stringify(stateOf(work, carry, record));
  const alone = publishing(work, carry, isNewest(work, record));
  const judged: Judged = {
    baseline: noBaseline(carry),
    windowCounts: emptyCounts([]),
    judgement: carry.summary!.judgement,
  };
  for (const form of ['html', 'json']) {
    const text = driftReport(JSON.stringify(judged), state, form);
    yield* put(work, pieceName(work, form, 0), text);
  }
  return to('compose', { ...carry, publishing: { ...alone, uploaded: { html: 1, json: 1 } } });
}

const noBaseline = ({ startedAt: createdAt }: Carry): Judged['baseline'] => ({
  format: 'cdk-mlops/profile/1',
  source: 'none',
  createdAt,
  bins: [],
  counts: emptyCounts([]),
});

function publishing(work: Work, carry: Carry, newest: boolean): Publishing {
  const names = [reportName(work, carry), ...(newest ? [`${work.settings.folder}latest`] : [])];
  const targets = { html: names.map((name) => `${name}.html`), json: names.map((name) => `${name}.json`) };
  return { uploaded: {}, fetched: 0, targets, then: 'announce' };
}

function stateOf(work: Work, carry: Carry, record: LeasedRecord): ReportState {
  const { window } = rangesOfRun(work, carry);
  const { model } = carry.traffic ?? {};
  const changed = (carry.changes ?? []).some(({ what }) => what === 'drift');
  return {
    title: work.settings.monitor,
    createdAt: carry.startedAt,
    window: { from: hourStart(window.from), to: hourStart(window.to) },
    state: { drift: record.state, changed, ...(record.since !== undefined && { since: record.since }) },
    columnsSince: carry.summary!.columnsSince,
    ...(model !== undefined && { model }),
  };
}

/** Has BigQuery write the profile, in pieces. */
export function* publishProfile(work: Work, carry: Carry): Requesting<Ending> {
  const { baseline } = carry.baseline!.making;
  const targets = { json: [`${work.settings.folder}baselines/${baseline}.json`] };
  const next = { ...carry, publishing: { uploaded: {}, fetched: 0, targets, then: 'finish' } };
  return yield* begin(work, next, 'publishProfile', 'upload', profilePieces(work.settings, baseline, runId(work)));
}

const pieceName = (work: Work, form: string, number: number) =>
  `${work.settings.folder}pieces/${runId(work)}/${form}-${number}`;

/** Fetches one piece and uploads it, until there is none. */
export function* upload(work: Work, carry: Carry): Requesting<Ending> {
  const { fetched, uploaded, ...rest } = carry.publishing!;
  const [row] = yield* rows(work, carry, fetched, 1);
  if (!row) return to('compose', carry);
  const [form, , piece] = row as string[];
  const number = uploaded[form] ?? 0;
  yield* put(work, pieceName(work, form, number), piece);
  const publishing = { ...rest, fetched: fetched + 1, uploaded: { ...uploaded, [form]: number + 1 } };
  return to('upload', { ...carry, publishing });
}

/** Puts the pieces together, and removes them. */
export function* compose(work: Work, carry: Carry): Requesting<Ending> {
  const { uploaded, targets, then } = carry.publishing!;
  for (const form of Object.keys(uploaded)) {
    const pieces = Array.from({ length: uploaded[form] }, (_, number) => pieceName(work, form, number));
    const [first, ...copies] = targets[form];
    yield* join(work, pieces.slice(0, MOST_COMPONENTS), first, TYPES[form]);
    for (let at = MOST_COMPONENTS; at < pieces.length; at += MOST_COMPONENTS - 1) {
      yield* join(work, [first, ...pieces.slice(at, at + MOST_COMPONENTS - 1)], first, TYPES[form]);
    }
    for (const copy of copies) yield* join(work, [first], copy, TYPES[form]);
    for (const piece of pieces) yield* ask({ method: 'DELETE', url: objectUrl(work, piece) });
  }
  const { publishing: _publishing, ...done } = carry;
  return to(then, done);
}

const objectUrl = ({ settings }: Work, name: string) =>
  `${urlOf(settings, 'storage')}/storage/v1/b/${settings.bucket}/o/${encodeURIComponent(name)}`;

/** As plain text: what is sent as JSON, Workflows would write as JSON again. The type comes with the composed object. */
function* put({ settings }: Work, name: string, text: string): Requesting<void> {
  const parameters = query({ uploadType: 'media', name, fields: 'generation' });
  const url = `${urlOf(settings, 'storage')}/upload/storage/v1/b/${settings.bucket}/o${parameters}`;
  yield* demand({ method: 'POST', url, text });
}

function* join(work: Work, names: readonly string[], target: string, contentType: string): Requesting<void> {
  const url = `${objectUrl(work, target)}/compose${query({ fields: 'generation' })}`;
  const body = { sourceObjects: names.map((name) => ({ name })), destination: { contentType } };
  yield* demand({ method: 'POST', url, body });
}
