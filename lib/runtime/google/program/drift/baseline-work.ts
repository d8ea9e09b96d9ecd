/** Makes the baseline of a version, and stores it beside the version's model. */
import type { ProfiledColumn } from '../../../../statistics/profile/profile';
import type { Ending, Requesting } from '../protocol';
import { demand } from '../turn';
import { vertexUrl } from '../vertex';
import type { Carry } from './carry';
import { DriftFailure } from './errors';
import { begin, rows } from './jobs';
import { gsParts, namesBelow, sourceOf } from './locations';
import { csvFields } from './routines/csv';
import type { Group } from './sql/baseline';
import { checkBaseline, countBaseline, findHeader, makeBins } from './sql/baseline';
import { definitions } from './sql/source';
import type { Work } from './work';
import { runId, to } from './work';

const PREDICTION_FORMATS = { csv: 'csv', jsonl: 'jsonlines', parquet: 'parquet' } as const;

/** Finds the data. */
export function* findData(work: Work, carry: Carry): Requesting<Ending> {
  const { version } = work.argument;
  if (version === undefined) throw new DriftFailure('the argument of task "baseline" has no "version"; add it');
  const { trainingData, evaluation } = yield* locations(work);
  const columns = carry.rules.columns.map(({ name, type, role }): ProfiledColumn => ({ name, type, role }));
  const features = columns.filter(({ role }) => role === 'feature');
  const source = yield* sourceOf(work, trainingData, carry.rules.trainingFormat);
  if (!source) {
    throw new DriftFailure(
      `no training data for the baseline: ${trainingData} holds no file; look at the step that writes it`,
    );
  }
  const predictions = columns.filter(({ role }) => role === 'prediction');
  const found = predictions.length > 0 ? yield* predictionFile(work, evaluation) : undefined;
  const notes = typeof found === 'string' ? [found] : [];
  const groups: Group[] = [{ columns: features, source, first: 0, header: '' }];
  if (typeof found === 'object')
    groups.push({ columns: predictions, source: found, first: features.length, header: '' });
  const origin = [trainingData, ...(typeof found === 'object' ? [`prediction: ${found.uris[0]}`] : notes)].join('; ');
  const making = { baseline: version, run: runId(work), createdAt: carry.startedAt, origin };
  return to('findNames', { ...carry, baseline: { making, groups, index: 0, notes } });
}

interface PipelineJob {
  readonly jobDetail?: { readonly taskDetails?: readonly Task[] };
}

interface Task {
  readonly taskName?: string;
  readonly inputs?: Readonly<Record<string, Artifacts>>;
  readonly outputs?: Readonly<Record<string, Artifacts>>;
  readonly execution?: { readonly metadata?: Readonly<Record<string, unknown>> };
}

interface Artifacts {
  readonly artifacts?: readonly { readonly uri?: string }[];
}

/** Where the data lies: as the argument says, or as the pipeline's job did. */
function* locations(work: Work): Requesting<{ trainingData: string; evaluation?: string }> {
  const { trainingData, evaluation, job } = work.argument;
  if (trainingData !== undefined) return { trainingData, evaluation };
  if (job === undefined)
    throw new DriftFailure('the argument of task "baseline" has neither "trainingData" nor "job"; add one');
  const { project, region } = work.settings;
  const name = `projects/${project}/locations/${region}/pipelineJobs/${job}`;
  const fields = 'jobDetail/taskDetails(taskName,inputs/train,outputs/report,execution/metadata)';
  const { jobDetail } = yield* demand<PipelineJob>({ method: 'GET', url: vertexUrl(work.settings, name, { fields }) });
  const task = (wanted: string) => jobDetail?.taskDetails?.find(({ taskName }) => taskName === wanted);
  const training = task('train');
  const parameter = training?.execution?.metadata?.['input:train'];
  const found = training?.inputs?.train?.artifacts?.[0]?.uri ?? (typeof parameter === 'string' ? parameter : undefined);
  if (found === undefined) throw new DriftFailure(`the job ${job} does not say what its step "train" read`);
  return { trainingData: found, evaluation: task('evaluate')?.outputs?.report?.artifacts?.[0]?.uri };
}

/** The predictions that the evaluation left, or why none are compared. */
function* predictionFile(work: Work, evaluation: string | undefined) {
  if (evaluation === undefined)
    return 'predictions are not compared, since nothing says where the evaluation left them';
  const { bucket, name } = gsParts(evaluation);
  const folder = name === '' ? '' : `${name.replace(/\/$/, '')}/`;
  for (const file of yield* namesBelow(work, bucket, `${folder}predictions.`, 10)) {
    const ending = file.slice(`${folder}predictions.`.length) as keyof typeof PREDICTION_FORMATS;
    const format = PREDICTION_FORMATS[ending];
    if (format !== undefined) return { uris: [`gs://${bucket}/${file}`], format };
  }
  return `predictions are not compared, since ${evaluation} holds no predictions.csv, .jsonl or .parquet`;
}

const groupOf = ({ baseline }: Carry): Group => baseline!.groups[baseline!.index];

/** Names in a header, for CSV. */
export function* findNames(work: Work, carry: Carry): Requesting<Ending> {
  const { source, columns } = groupOf(carry);
  if (source.table !== undefined || source.format !== 'csv') return to('makeBins', carry);
  const tableDefinitions = definitions(source);
  return yield* begin(work, carry, 'findNames', 'readNames', findHeader(columns), { tableDefinitions });
}

export function* readNames(work: Work, carry: Carry): Requesting<Ending> {
  const header = (yield* rows(work, carry))[0]?.[0] ?? '';
  const { index, groups } = carry.baseline!;
  const named = groups.map((group, at) => (at === index ? { ...group, header } : group));
  return to('makeBins', { ...carry, baseline: { ...carry.baseline!, groups: named } });
}

const namesOf = ({ header }: Group) =>
  header === '' ? undefined : csvFields(header.replace(/\r$/, ''))?.map((name) => name.trim());

export function* bins(work: Work, carry: Carry): Requesting<Ending> {
  const group = groupOf(carry);
  const made = makeBins(work.settings, carry.baseline!.making, group, namesOf(group));
  return yield* begin(work, carry, 'makeBins', 'countRows', made, { tableDefinitions: definitions(group.source) });
}

export function* countRows(work: Work, carry: Carry): Requesting<Ending> {
  const group = groupOf(carry);
  const made = countBaseline(work.settings, carry.baseline!.making, group, namesOf(group));
  return yield* begin(work, carry, 'countRows', 'nextGroup', made, { tableDefinitions: definitions(group.source) });
}

export function* nextGroup(work: Work, carry: Carry): Requesting<Ending> {
  const { index, groups, making } = carry.baseline!;
  if (index + 1 < groups.length)
    return to('findNames', { ...carry, baseline: { ...carry.baseline!, index: index + 1 } });
  return yield* begin(work, carry, 'nextGroup', 'check', checkBaseline(work.settings, making));
}

/** Refuses data that is not what the model is asked with: a monitor would call every request drift, or watch nothing. */
export function* check(work: Work, carry: Carry): Requesting<Ending> {
  const { making, groups } = carry.baseline!;
  const [[head, lacking, positions]] = yield* rows(work, carry);
  const { rows: counted } = JSON.parse(head ?? '{}') as { rows?: { rows: number; damage: { examples: string[] } } };
  if (!counted || counted.rows === 0) {
    const [example] = counted?.damage.examples ?? [];
    throw new DriftFailure(
      `${making.origin} holds no row that could be read${example === undefined ? '' : `: ${example}`}`,
    );
  }
  const columns = groups.reduce((sum, group) => sum + group.columns.length, 0);
  if (lacking !== null || Number(positions) !== columns + 1) {
    const names = groups.map((group) => namesOf(group) ?? []).reduce((all, some) => all.concat(some), []);
    const has = names.length > 0 ? `; it has ${names.slice(0, 5).join(', ')}` : '';
    throw new DriftFailure(
      `no column ${lacking ?? 'of some'} in ${making.origin}${has}; name the columns as the data's header does, in data.features and data.prediction, or write such a header`,
    );
  }
  return to('publishProfile', carry);
}
