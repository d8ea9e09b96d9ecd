/** Judges the predictions that have had time to become true or not. */
import type { InputFile } from '../../../readers';
import { joinPredictions } from '../../../readers/join';
import { readLabels } from '../../../readers/labels';
import { readPredictions } from '../../../readers/predictions';
import { alphaPerRun } from '../../../statistics/drift/judge';
import { judgeQuality } from '../../../statistics/quality/judge-quality';
import type { QualityJudgement } from '../../../statistics/quality/quality';
import type { MonitorRules, MonitorSettings } from '../../drift-contract';
import { parseS3Uri } from '../s3-uri';
import { filesToRead, listCaptured } from './captured-files';
import type { Cloud } from './cloud';
import type { HourRange } from './hours';
import { earlier, hourStart } from './hours';
import type { MonitorPlan } from './monitor-plan';
import { listObjects } from './objects';
import { s3File } from './s3-file';

type Rules = NonNullable<MonitorRules['quality']>;

/**
 * Joins the predictions of the window that ended when labels may last come, with all labels there are by now, and judges
 * them. Nothing where quality is not monitored.
 */
export async function judgeQualityOfRun(
  cloud: Cloud,
  settings: MonitorSettings,
  rules: MonitorRules,
  plan: MonitorPlan,
): Promise<QualityJudgement | undefined> {
  const { quality, minimumSamples, falseAlarmsPerYear, everyHours } = rules;
  if (!quality || settings.groundTruth === undefined) return undefined;
  const mature = earlier(plan.window, quality.maxDelayHours);
  const predictions = await predictionsOf(cloud, rules, plan, mature);
  const labels = await labelsOf(cloud, settings.groundTruth, quality, mature);
  const { joined, unlabelled, unmatchedLabels } = await joinPredictions(predictions, labels);
  const { metric, minimum, maximum } = quality;
  const alpha = alphaPerRun(falseAlarmsPerYear, everyHours);
  const judgement = judgeQuality(joined, unlabelled, { metric, minimum, maximum, minimumSamples, alpha });
  const { withoutId, withoutValue, damage } = predictions.skipped();
  const notes = [
    ...(withoutId > 0 ? [`${withoutId} answers have no id`] : []),
    ...(withoutValue > 0 ? [`${withoutValue} answers have no prediction`] : []),
    ...(damage.files > 0 ? [`${damage.files} files of predictions could not be read`] : []),
    ...(joined.labels.length === 0 && unmatchedLabels > 0
      ? [`${unmatchedLabels} labels have the id of no prediction`]
      : []),
  ];
  return { ...judgement, reason: [judgement.reason, ...notes].join('; ') };
}

async function predictionsOf({ s3 }: Cloud, rules: MonitorRules, { traffic }: MonitorPlan, hours: HourRange) {
  const { id } = rules;
  const columns = rules.columns.map(({ name, type, role }) => ({ name, type, role }));
  const format = traffic?.mode === 'realtime' ? 'capture' : rules.format;
  const files: InputFile[] = [];
  for (const listed of traffic ? (await listCaptured(s3, traffic, hours)).values() : []) {
    const { groups } = await filesToRead(s3, traffic!, listed);
    const answers = groups.filter(({ side = 'answers' }) => side === 'answers');
    files.push(...answers.flatMap((group) => group.files.map((file) => s3File(s3, group.bucket, file))));
  }
  return readPredictions(files, { columns, format, ...(id !== undefined && { id }) });
}

/**
 * Labels that were written since the predictions began, in the order in which they were: a later one corrects an earlier.
 * Older files cannot hold what became true afterwards.
 */
async function labelsOf(
  { s3 }: Cloud,
  location: string,
  { idColumn, labelColumn, format }: Rules,
  { from }: HourRange,
) {
  const { bucket, prefix } = parseS3Uri(location);
  const written: { modified: string; file: InputFile }[] = [];
  for await (const object of listObjects(s3, bucket, prefix)) {
    if (object.modified >= hourStart(from))
      written.push({ modified: object.modified, file: s3File(s3, bucket, object) });
  }
  written.sort((a, b) => a.modified.localeCompare(b.modified));
  const files = written.map(({ file }) => file);
  return readLabels(files, { format, idColumn, labelColumn });
}
