/**
 * What SageMaker leaves of batch and asynchronous prediction.
 *
 * A batch transform with data capture writes manifests, not rows: below `<destination>/input/yyyy/mm/dd/hh/` of the files
 * that were asked about, below `<destination>/output/yyyy/mm/dd/hh/` of the files with the answers, by the hour in which the
 * job began (Amazon SageMaker developer guide, "Capture data from batch transform job"). The guide calls them JSONL and shows
 * one JSON array over several lines; both are understood. It does not say how manifests are called, so every file there is
 * taken for one. An answer file is named like its request file with `.out` at the end, and is written when all of the request
 * file was answered (API reference, `TransformOutput`). With `GenerateInferenceId` each CSV answer ends with two more fields,
 * an id and the time the job began; each JSON answer has them as `SageMakerInferenceId` and `SageMakerInferenceTime`.
 *
 * Asynchronous answers lie one a file below the endpoint's output path, called `<uuid>.out` unless the caller named them
 * (`Filename` of InvokeEndpointAsync, since 2026); failures are `<uuid>-error.out`, where a failure path leads to the same
 * folder. Nothing in them says which request they answer.
 *
 * So features are counted in request files and predictions in answer files, apart from each other.
 */
import { MAX_UNKNOWN_COLUMNS, firstOf, mergeDamage } from '../statistics/profile/counts';
import type { ColumnBins, Counts } from '../statistics/profile/profile';
import { answerReader } from './answers';
import { Counter } from './counter';
import type { CountOptions } from './index';
import { countFiles } from './index';
import type { InputFile } from './input-file';
import { UnreadableFile } from './input-file';
import { readLines } from './predictions';
import { RowSink } from './row-sink';

/** Files of one kind of a batch or of asynchronous prediction. */
export type Side = 'requests' | 'answers';

/** Which files a manifest of captured batch prediction lists, by its key; nothing where the key is none of a manifest. */
export function manifestSide(key: string): Side | undefined {
  const [, folder] = /(?:^|\/)(input|output)\/\d{4}\/\d{2}\/\d{2}\/\d{2}\/[^/]+$/.exec(key) ?? [];
  if (folder === undefined) return undefined;
  return folder === 'input' ? 'requests' : 'answers';
}

/**
 * The URIs that a manifest lists, in its order.
 *
 * @throws UnreadableFile where it is no manifest
 */
export function readManifest(text: string): string[] {
  const uris: string[] = [];
  let prefix: string | undefined;
  for (const entry of entriesOf(text)) {
    if (isPrefix(entry)) prefix = entry.prefix;
    else if (typeof entry === 'string' && entry.startsWith('s3://')) uris.push(entry);
    else if (typeof entry === 'string' && prefix !== undefined) uris.push(prefix + entry);
    else
      throw new UnreadableFile(
        `no manifest: got ${JSON.stringify(entry)?.slice(0, 100)}, allowed: {"prefix": "s3://…"}, then names`,
      );
  }
  return uris;
}

const isPrefix = (entry: unknown): entry is { prefix: string } =>
  typeof (entry as { prefix?: unknown } | null)?.prefix === 'string';

/** One array, or a line of JSON for each entry or for some of them. */
function entriesOf(text: string): unknown[] {
  try {
    return [JSON.parse(text)].flat();
  } catch {
    // several documents, one a line
  }
  try {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .flatMap((line) => JSON.parse(line) as unknown);
  } catch {
    throw new UnreadableFile('no manifest: neither one JSON document nor one a line');
  }
}

/** Whether an object of an asynchronous endpoint's output folder is an answer: failures may lie beside them. */
export function isAsynchronousAnswer(key: string): boolean {
  return !key.endsWith('-error.out') && !key.endsWith('/');
}

/** Files of batch or asynchronous prediction. */
export interface BatchFiles {
  readonly requests: readonly InputFile[];
  readonly answers: readonly InputFile[];
}

/**
 * Counts features in requests and predictions in answers. Rows are those of the requests; columns of predictions have rows of
 * their own. What a side of the files lacks is not counted on the other.
 *
 * @throws whatever reading a file throws, save `UnreadableFile`
 */
export async function countBatch(
  { requests, answers }: BatchFiles,
  options: Omit<CountOptions, 'format'> & { readonly format: 'csv' | 'jsonlines' },
): Promise<Counts> {
  const { bins } = options;
  const ofRole = (role: ColumnBins['role']) => bins.filter((column) => column.role === role);
  const asked = await countFiles(requests, { ...options, bins: ofRole('feature') });
  const answered = await countAnswers(answers, { ...options, bins: ofRole('prediction') });
  const [features, predictions] = [[...asked.columns], [...answered.columns]];
  return {
    rows: asked.rows,
    bytes: asked.bytes + answered.bytes,
    files: asked.files + answered.files,
    damage: mergeDamage(asked.damage, answered.damage),
    unknownColumns: firstOf(asked.unknownColumns, MAX_UNKNOWN_COLUMNS),
    columns: bins.map(({ role }) =>
      role === 'feature' ? features.shift()! : { rows: answered.rows, ...predictions.shift()! },
    ),
  };
}

/** Counts the predictions of answer files, one row an answer. */
async function countAnswers(
  files: readonly InputFile[],
  { bins, format, id, onProgress }: Parameters<typeof countBatch>[1],
): Promise<Counts> {
  const counter = new Counter(bins);
  const sink = new RowSink(bins, counter);
  if (bins.length === 0) return { ...sink.summary(), columns: [] };
  const answersOf = answerReader({ columns: bins, format, id });
  for (const file of files) {
    sink.beginFile(file.name);
    const reader = {
      line: (text: string) => answersOf(text).forEach(({ value }) => putAnswer(value, sink)),
      damaged: (place: string, reason: string) => sink.damaged(place, reason),
      progress: (bytes: number) => {
        sink.bytes += bytes;
        onProgress?.({ bytes: sink.bytes, rows: sink.rows, files: sink.files });
      },
    };
    try {
      await readLines(file, reader);
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      sink.damagedFile(error.message);
    }
    sink.files++;
  }
  return { ...sink.summary(), columns: counter.result() };
}

function putAnswer(value: number | string | undefined, sink: RowSink): void {
  if (value === undefined) sink.missing(0);
  else if (typeof value === 'number') sink.number(0, value);
  else sink.text(0, value);
  sink.end();
}
