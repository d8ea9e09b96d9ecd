/** Makes a baseline of its samples and counts, and answers the pipeline that waits for it. */
import type { ColumnBins, Counts, Profile, Sample } from '../../../statistics/profile';
import {
  binsFromSample,
  buildProfile,
  checkProfile,
  emptyCounts,
  mergeCounts,
  mergeSamples,
} from '../../../statistics/profile';
import type { AnalyzerEvent, AnalyzerPlan, AnalyzerResult } from '../../drift-contract';
import type { BaselineGroup, BaselinePlan } from './baseline-plan';
import { baselinePlanKey, lacking, samplesPrefix } from './baseline-plan';
import type { Batch } from './batches';
import { batchNames } from './batches';
import { answerSuccess } from './callback';
import type { Cloud } from './cloud';
import { AnalysisFailure } from './errors';
import { readDocument, readText, writeDocument } from './objects';
import type { Run } from './run';
import { baselineOf, partialOf, runOf } from './run';

const binsKey = ({ prefix }: Run, group: string): string => `${prefix}bins-${group}.json`;

/** Makes the bins of the samples, and plans the second pass: the same batches, counted over the bins. */
export async function makeEdges(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerPlan> {
  const run = runOf(event, baselineOf(event));
  const { groups } = await readDocument<BaselinePlan>(cloud.s3, run.output.bucket, baselinePlanKey(run));
  for (const group of groups) await makeGroupEdges(cloud, run, group);
  return { next: 'count', bucket: run.output.bucket, run: run.prefix, batches: `${run.prefix}batches/` };
}

async function makeGroupEdges({ s3 }: Cloud, run: Run, group: BaselineGroup): Promise<void> {
  const { name, batches, source } = group;
  const { bucket } = run.output;
  let sample: Sample | undefined;
  for (const file of batchNames(name, batches)) {
    const batchKey = `${samplesPrefix(run)}batches/${file}`;
    const part = await readPartial<Sample>(s3, bucket, batchKey, group);
    sample = sample ? mergeSamples(sample, part) : part;
    const { columns: _sampled, ...batch } = await readDocument<Batch>(s3, bucket, batchKey);
    await writeDocument(s3, run.output, `${run.prefix}batches/${file}`, { ...batch, profile: binsKey(run, name) });
  }
  if (!sample || sample.rows === 0)
    throw new AnalysisFailure(`${source} holds no row that could be read${example(sample?.damage)}`);
  await writeDocument(s3, run.output, binsKey(run, name), { bins: binsFromSample(sample) });
}

/** A baseline of some of the data would be another one: nothing may be left out. */
async function readPartial<T>(
  s3: Cloud['s3'],
  bucket: string,
  batchKey: string,
  { name, batches, source }: BaselineGroup,
): Promise<T> {
  const text = await readText(s3, bucket, partialOf(batchKey));
  if (text !== undefined) return JSON.parse(text) as T;
  throw new AnalysisFailure(
    `one of ${batches} parts of ${source} (${name}) could not be read: s3://${bucket}/${batchKey}`,
  );
}

const example = (damage: Counts['damage'] | undefined) => (damage?.examples[0] ? `: ${damage.examples[0]}` : '');

/** What was counted of one group. */
interface CountedGroup {
  readonly group: BaselineGroup;
  readonly bins: readonly ColumnBins[];
  readonly counts: Counts;
}

/** Merges the counts, writes the profile and answers the pipeline. */
export async function finishBaseline(cloud: Cloud, event: AnalyzerEvent): Promise<AnalyzerResult> {
  const request = baselineOf(event);
  const run = runOf(event, request);
  const { groups, notes } = await readDocument<BaselinePlan>(cloud.s3, run.output.bucket, baselinePlanKey(run));
  const counted: CountedGroup[] = [];
  for (const group of groups) counted.push(await countGroup(cloud, run, group));
  counted.forEach(checkGroup);
  const profile = checkProfile(joinGroups(counted, notes, event.startedAt));
  const baselineUri = await writeDocument(cloud.s3, run.output, `${run.output.prefix}profile.json`, profile);
  await answerSuccess(cloud, request.token, { baselineUri });
  const reason = `a baseline of ${profile.counts.rows} rows and ${profile.bins.length} columns: ${baselineUri}`;
  return { reason: [reason, ...notes].join('; '), retrain: false, events: [] };
}

async function countGroup({ s3 }: Cloud, run: Run, group: BaselineGroup): Promise<CountedGroup> {
  const { bucket } = run.output;
  const { bins } = await readDocument<Pick<Profile, 'bins'>>(s3, bucket, binsKey(run, group.name));
  let counts = emptyCounts(bins);
  for (const file of batchNames(group.name, group.batches)) {
    counts = mergeCounts(counts, await readPartial<Counts>(s3, bucket, `${run.prefix}batches/${file}`, group));
  }
  return { group, bins, counts };
}

/** More unreadable files than this, and the baseline would not be the data's. */
const MOST_UNREADABLE = 0.1;

/** Refuses data that is not what the model is asked with: a monitor would call every request drift, or watch nothing. */
function checkGroup({ group, bins, counts }: CountedGroup): void {
  const { source, files } = group;
  if (counts.damage.files > MOST_UNREADABLE * files) {
    throw new AnalysisFailure(
      `${counts.damage.files} of ${files} files of ${source} cannot be read${example(counts.damage)}`,
    );
  }
  const absent = bins.filter((_, index) => counts.columns[index].absent === counts.rows).map(({ name }) => name);
  if (absent.length === 0) return;
  const present = bins.map(({ name }) => name).filter((name) => !absent.includes(name));
  throw lacking(source, absent, [...present, ...counts.unknownColumns]);
}

/**
 * One profile of all groups. Its rows, bytes and files are those of the features; columns of other groups say how many rows
 * they have themselves.
 */
function joinGroups(groups: readonly CountedGroup[], notes: readonly string[], createdAt: string): Profile {
  const sources = groups.map(({ group: { name, source } }) => (name === 'features' ? source : `${name}: ${source}`));
  const origin = { source: [...sources, ...notes].join('; '), createdAt };
  const [first, ...others] = groups.map(({ bins, counts }) => buildProfile(bins, counts, origin));
  const columns = others.flatMap(({ counts }) => counts.columns.map((column) => ({ ...column, rows: counts.rows })));
  return {
    ...first,
    bins: [...first.bins, ...others.flatMap(({ bins }) => bins)],
    counts: { ...first.counts, columns: [...first.counts.columns, ...columns] },
  };
}
