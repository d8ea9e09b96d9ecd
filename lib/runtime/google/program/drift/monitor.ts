/** A run of the monitor, from the requests that were logged to the verdict. */
import { hashText } from '../../../../statistics/profile/hash';
import type { GoogleMonitorRules } from '../../../google-drift-contract';
import type { Ending, Requesting } from '../protocol';
import { ask, bodyOf } from '../turn';
import { query } from '../urls';
import type { Carry } from './carry';
import { DriftFailure } from './errors';
import { earlier, hourStart, rangesOfRun } from './hours';
import { begin, rows } from './jobs';
import { csvFields } from './routines/csv';
import type { Question, RunSummary } from './routines/judged';
import type { Reading } from './routines/reading';
import { findHeader, importProfile } from './sql/baseline';
import type { Counting } from './sql/hours';
import { countHours, hoursToCount } from './sql/hours';
import { findBaseline, judgeRun, previousRun, readSummary } from './sql/judging';
import { judgeLabels } from './sql/quality';
import { copyRequests, trimLog } from './sql/requests';
import { definitions } from './sql/source';
import { sourceOf, tableUrl } from './locations';
import { findTraffic } from './traffic';
import type { Work } from './work';
import { runId, to } from './work';

type Part = (work: Work, carry: Carry) => Requesting<Ending>;

/** How requests are read: not what a threshold is, so that counts stay valid when one changes. */
export function requestReading({ columns, id }: GoogleMonitorRules): string {
  const reading: Reading = {
    columns: columns.map(({ name, type, role }) => ({ name, type, role })),
    format: 'any',
    ...(id !== undefined && { id }),
  };
  return JSON.stringify(reading);
}

/** Copies the requests that are new. Before the first request there is no table to copy from. */
export const copy: Part = function* (work, carry) {
  const { settings } = work;
  const request = { method: 'GET', url: tableUrl(work, settings.log) + query({ fields: 'numRows' }) } as const;
  const answer = yield* ask(request);
  if (answer.status === 404)
    return to('settle', { ...carry, without: `nothing was logged yet: there is no table ${settings.log}` });
  bodyOf(request, answer);
  return yield* begin(
    work,
    carry,
    'copy',
    'trim',
    copyRequests(settings, requestReading(carry.rules), oldest(work, carry)),
  );
};

/** Before it no run looks at requests any more. */
function oldest(work: Work, carry: Carry): string {
  const { window, before } = rangesOfRun(work, carry);
  const { quality } = carry.rules;
  const labelled = quality ? earlier(window, quality.maxDelayHours).from : window.from;
  return hourStart(labelled < before.from ? labelled : before.from);
}

export const trim: Part = (work, carry) =>
  begin(work, carry, 'trim', 'plan', trimLog(work.settings, work.now, oldest(work, carry)));

/** Finds out whose traffic is judged, and looks for its baseline. */
export const plan: Part = function* (work, carry) {
  const traffic = yield* findTraffic(work);
  if ('without' in traffic) return to('settle', { ...carry, without: traffic.without });
  const baseline = work.settings.baseline ?? traffic.version;
  if (baseline === undefined) {
    const what =
      traffic.label !== undefined ? `${traffic.label} is no version of the registry` : 'versions are not told apart';
    const without = `${what}, so it has no baseline of its own; name one in the config, or deploy a version`;
    return to('settle', { ...carry, traffic, without });
  }
  return yield* begin(work, { ...carry, traffic }, 'plan', 'findHours', findBaseline(work.settings, baseline));
};

/** Takes over a profile of another place, once. */
export const takeOver: Part = function* (work, carry) {
  const uri = work.settings.baseline!;
  const making = { baseline: uri, run: runId(work), createdAt: carry.startedAt, origin: uri };
  const tableDefinitions = definitions({ uris: [uri], format: 'jsonlines' });
  return yield* begin(work, carry, 'takeOver', 'plan', importProfile(work.settings, making), { tableDefinitions });
};

/** Which of the hours have to be counted. */
export const findHours: Part = function* (work, carry) {
  const { settings } = work;
  if (carry.counting) return yield* begin(work, carry, 'findHours', 'count', hoursToCount(settings, carry.counting)); // again
  const found = yield* rows(work, carry);
  const { traffic = {} } = carry;
  if (found.length === 0) {
    if (settings.baseline !== undefined && carry.notes.indexOf(TAKEN) < 0) {
      return to('takeOver', { ...carry, notes: [...carry.notes, TAKEN] });
    }
    const without = `${traffic.label ?? settings.baseline} has no baseline in ${settings.tables.baselines}; train it again`;
    return to('settle', { ...carry, without });
  }
  const [[run]] = found;
  const baseline = settings.baseline ?? traffic.version!;
  const reading = requestReading(carry.rules);
  const { window, before } = rangesOfRun(work, carry);
  const counting: Counting = {
    ...{ baseline, run: run!, reading },
    key: [baseline, run, hex(reading), hex(traffic.model ?? '')].join('/'),
    ...(traffic.deployed && { models: traffic.deployed }),
    ...{ from: hourStart(before.from), to: hourStart(window.to) },
  };
  const bytesPerRow = bytesOfRow(found[0][4]);
  const next = { ...carry, counting, ...(bytesPerRow !== undefined && { bytesPerRow }) };
  return yield* begin(work, next, 'findHours', 'count', hoursToCount(settings, counting));
};

const TAKEN = 'the baseline was taken over';

const hex = (text: string) => hashText(text).toString(16);

function bytesOfRow(head: string | null): number | undefined {
  const { rows: counted } = JSON.parse(head ?? '{}') as { rows?: { rows: number; bytes: number } };
  return counted && counted.rows > 0 && counted.bytes > 0 ? counted.bytes / counted.rows : undefined;
}

export const count: Part = function* (work, carry) {
  const hours = carry.hours ?? (yield* rows(work, carry)).map(([hour]) => hour!);
  if (hours.length === 0) return to('findLabels', carry);
  return yield* begin(
    work,
    { ...carry, hours },
    'count',
    'findLabels',
    countHours(work.settings, carry.counting!, hours),
  );
};

/** Labels in CSV have names in a header. */
export const findLabels: Part = function* (work, carry) {
  const { quality } = carry.rules;
  const { groundTruth } = work.settings;
  if (!quality || groundTruth === undefined) return to('findPrevious', carry);
  const source = yield* sourceOf(work, groundTruth, quality.format);
  if (!source) return to('findPrevious', { ...carry, notes: [...carry.notes, `no labels lie at ${groundTruth}`] });
  const tableDefinitions = definitions(source);
  if (source.table !== undefined || source.format !== 'csv') return to('joinLabels', { ...carry, header: '' });
  const columns = [quality.idColumn, quality.labelColumn].map(
    (name) => ({ name, type: 'categorical', role: 'feature' }) as const,
  );
  return yield* begin(work, carry, 'findLabels', 'joinLabels', findHeader(columns), { tableDefinitions });
};

/** Judges the predictions of the window that ended when labels may last come. */
export const joinLabels: Part = function* (work, carry) {
  const { settings } = work;
  const quality = carry.rules.quality!;
  const source = (yield* sourceOf(work, settings.groundTruth!, quality.format))!;
  const header = carry.header ?? (yield* rows(work, carry))[0]?.[0] ?? '';
  const mature = earlier(rangesOfRun(work, carry).window, quality.maxDelayHours);
  const answered = { models: carry.counting!.models, from: hourStart(mature.from), to: hourStart(mature.to) };
  const names = header === '' ? undefined : csvFields(header)?.map((name) => name.trim());
  const made = judgeLabels(settings, carry.rules, source, answered, header, names);
  const tableDefinitions = definitions(source);
  return yield* begin(work, { ...carry, header }, 'joinLabels', 'findPrevious', made, { tableDefinitions });
};

/** What the run before found. */
export const findPrevious: Part = function* (work, carry) {
  const judged = carry.waiting?.from === 'joinLabels' ? yield* rows(work, carry) : [];
  const quality = judged[0]?.[0] ? { quality: JSON.parse(judged[0][0]) as Question['quality'] } : {};
  const since = rangesOfRun(work, carry).before.from;
  const made = previousRun(work.settings, runId(work), carry.startedAt, hourStart(since));
  return yield* begin(work, { ...carry, ...quality }, 'findPrevious', 'judge', made);
};

export const judge: Part = function* (work, carry) {
  const { traffic = {}, quality, rules } = carry;
  const previous =
    carry.previous ??
    parsedSummary(carry.waiting?.from === 'findPrevious' ? (yield* rows(work, carry))[0]?.[0] : undefined);
  const ranges = rangesOfRun(work, carry);
  const { model } = traffic;
  const question: Question = { rules, ranges, model, quality, previous };
  const run = { id: runId(work), at: carry.startedAt, model };
  const made = judgeRun(work.settings, run, carry.counting!, JSON.stringify(question), JSON.stringify(ranges));
  return yield* begin(work, { ...carry, ...(previous && { previous }) }, 'judge', 'summarize', made);
};

function parsedSummary(text: string | null | undefined): RunSummary | undefined {
  return text == null ? undefined : (JSON.parse(text) as RunSummary);
}

export const summarize: Part = (work, carry) =>
  begin(work, carry, 'summarize', 'settle', readSummary(work.settings, { id: runId(work), at: carry.startedAt }));

/** The summary that was read. */
export function* summaryOfRun(work: Work, carry: Carry): Requesting<RunSummary> {
  const [row] = yield* rows(work, carry);
  if (!row?.[0]) throw new DriftFailure('the judgement left no row; look at the jobs of the run');
  return JSON.parse(row[0]) as RunSummary;
}
