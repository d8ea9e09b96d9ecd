/** Plans a baseline: the files of the features, and the file of the predictions, are read apart. */
import type { ProfiledColumn } from '../../../statistics/profile';
import type { AnalyzerEvent, AnalyzerPlan, BaselineRequest, BaselineRules } from '../../drift-contract';
import { parseS3Uri } from '../s3-uri';
import type { Reading } from './batches';
import { writeBatches } from './batches';
import type { Cloud } from './cloud';
import { AnalysisFailure } from './errors';
import { listObjects, readForeign, readText, writeDocument } from './objects';
import type { Run } from './run';
import { baselineOf, runOf } from './run';
import type { FileRef } from './s3-file';
import { s3File } from './s3-file';

/** Columns that stand in the same files. */
export interface BaselineGroup {
  readonly name: 'features' | 'prediction';
  /** Where they lie, for people. */
  readonly source: string;
  readonly files: number;
  readonly batches: number;
}

export interface BaselinePlan {
  readonly groups: readonly BaselineGroup[];
  /** What is not profiled and why, for people. */
  readonly notes: readonly string[];
}

/** Batches of the first pass lie apart: they sample the same files that are counted afterwards. */
export const samplesPrefix = ({ prefix }: Run): string => `${prefix}samples/`;

export const baselinePlanKey = ({ prefix }: Run): string => `${prefix}plan.json`;

interface Source extends Pick<BaselineGroup, 'name' | 'source'> {
  readonly bucket: string;
  readonly files: readonly FileRef[];
  readonly columns: readonly ProfiledColumn[];
  readonly format: Reading['format'];
}

/** Plans the first pass. Planned again, the files are those of the first plan. */
export async function planBaseline(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerPlan> {
  const request = baselineOf(event);
  const run = runOf(event, request);
  const { bucket } = run.output;
  if ((await readText(cloud.s3, bucket, baselinePlanKey(run))) === undefined) await makePlan(cloud, request, run);
  return { next: 'sample', bucket, run: run.prefix, batches: `${samplesPrefix(run)}batches/` };
}

/** Longest line with names that is looked at. */
const LONGEST_HEADER = 1024 * 1024;

/** What compressed files begin with. */
const GZIP = [0x1f, 0x8b];

/**
 * Without a header that names columns, CSV is read by position. For data that a user's script wrote that is a guess, and a
 * wrong one would call every request drift: it is only made where there is nothing else that it could be.
 *
 * @throws AnalysisFailure where the names are others
 */
async function checkHeader({ s3 }: Cloud, { bucket, files, columns, source }: Source): Promise<void> {
  const file = files.find(({ size }) => size > 0);
  if (!file) return;
  const bytes = await s3File(s3, bucket, file).slice!(0, Math.min(file.size, LONGEST_HEADER));
  if (bytes[0] === GZIP[0] && bytes[1] === GZIP[1]) return; // looked at when it is read
  const [line] = new TextDecoder().decode(bytes).split(/\r?\n/, 1);
  const fields = line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  if (columns.some(({ name }) => fields.includes(name))) return;
  const fits = columns.every(({ type }, index) => type === 'categorical' || !Number.isNaN(Number(fields[index])));
  if (fits && fields.length === columns.length) return;
  throw lacking(
    source,
    columns.map(({ name }) => name),
    fields,
  );
}

/** Why data is refused that lacks columns. */
export function lacking(source: string, columns: readonly string[], found: readonly string[]): AnalysisFailure {
  const has = found.length > 0 ? `it has ${listed(found)}` : 'it has no other';
  return new AnalysisFailure(
    `no column ${listed(columns)} in ${source}; ${has}; name the columns as the data's header does, in data.features and data.prediction, or write such a header`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).map((name) => name.slice(0, 40));
  return names.length > MOST_LISTED ? `${shown.join(', ')} and ${names.length - MOST_LISTED} more` : shown.join(', ');
}

/** A pipeline shows 256 characters of a reason. */
const MOST_LISTED = 5;

async function makePlan(cloud: Cloud, request: BaselineRequest, run: Run): Promise<void> {
  const rules = (await readForeign(cloud.s3, request.rules, 'the rules')) as BaselineRules;
  const found = [await featureFiles(cloud, request, rules), await predictionFile(cloud, request, rules)];
  const groups: BaselineGroup[] = [];
  for (const part of found) {
    if (typeof part !== 'object') continue;
    if (part.format === 'csv') await checkHeader(cloud, part);
    const { name, source, bucket, files, columns, format } = part;
    const place = { output: run.output, prefix: samplesPrefix(run) };
    const batches = await writeBatches(cloud.s3, place, name, [{ bucket, files, format, columns }]);
    groups.push({ name, source, files: files.length, batches });
  }
  const notes = found.filter((part) => typeof part === 'string');
  await writeDocument(cloud.s3, run.output, baselinePlanKey(run), { groups, notes });
}

async function featureFiles({ s3 }: Cloud, request: BaselineRequest, rules: BaselineRules): Promise<Source> {
  const { trainingData } = request;
  const { bucket, prefix } = parseS3Uri(trainingData);
  const files: FileRef[] = [];
  for await (const { key, etag, size } of listObjects(s3, bucket, prefix)) files.push({ key, etag, size });
  if (files.length === 0) {
    throw new AnalysisFailure(
      `no training data for the baseline: ${trainingData} holds no file; look at the step that writes it`,
    );
  }
  const columns = rules.columns.filter(({ role }) => role === 'feature');
  return { name: 'features', source: trainingData, bucket, files, columns, format: rules.format };
}

const PREDICTION_FORMATS = { csv: 'csv', jsonl: 'jsonlines', parquet: 'parquet' } as const;

/** The predictions that the evaluation left, or why none are compared. */
async function predictionFile(
  { s3 }: Cloud,
  { evaluation }: BaselineRequest,
  rules: BaselineRules,
): Promise<Source | string | undefined> {
  const columns = rules.columns.filter(({ role }) => role === 'prediction');
  if (columns.length === 0) return undefined;
  const { bucket, prefix } = parseS3Uri(evaluation);
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  for await (const { key, etag, size } of listObjects(s3, bucket, `${folder}predictions.`)) {
    const ending = key.slice(`${folder}predictions.`.length);
    if (!Object.hasOwn(PREDICTION_FORMATS, ending)) continue;
    const format = PREDICTION_FORMATS[ending as keyof typeof PREDICTION_FORMATS];
    const files = [{ key, etag, size }];
    return { name: 'prediction', source: `s3://${bucket}/${key}`, bucket, files, columns, format };
  }
  return `predictions are not compared, since ${evaluation} holds no predictions.csv, .jsonl or .parquet`;
}
