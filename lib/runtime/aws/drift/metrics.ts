/** Figures of a run in CloudWatch. */
import type { CloudWatchClient, MetricDatum } from '@aws-sdk/client-cloudwatch';
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MonitorRecord } from '../../../monitoring/record';
import type { DriftFinding } from '../../../statistics/drift/judgement';
import type { QualityJudgement } from '../../../statistics/quality/quality';
import type { MonitorMetric } from '../../drift-contract';
import type { JudgedWindow } from './window-judgement';

const NAMESPACE = 'cdk-mlops';

/** Metrics are paid for one by one: of columns only the worst have one. */
const MOST_COLUMNS = 30;

/** CloudWatch takes no infinity. Far beyond a threshold is far beyond. */
const LARGEST = 1e9;

/** What a run found out. */
export interface Figures {
  readonly monitor: string;
  /** When the run began, ISO 8601. */
  readonly at: string;
  readonly judged: JudgedWindow;
  readonly quality?: QualityJudgement;
  readonly record: MonitorRecord;
}

/**
 * Publishes the figures. They carry the time at which the run began: figures of a run that is repeated lie on the first ones,
 * and no average or maximum changes. Without a verdict there is no figure of drift: no figure is not "no drift".
 */
export async function publishMetrics(cloudwatch: CloudWatchClient, figures: Figures): Promise<void> {
  const MetricData = [...monitorMetrics(figures), ...columnMetrics(figures)];
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }));
}

function monitorMetrics(figures: Figures): MetricDatum[] {
  const { judged, quality, record } = figures;
  const { verdict, maxDrift, driftedShare } = judged.judgement;
  const values: Partial<Record<MonitorMetric, number | null>> = {
    rows: judged.counts.rows,
    unreadable_files: judged.counts.damage.files,
    drift: record.state === 'drift' ? 1 : 0,
    ...(verdict !== 'notEnoughData' && { max_drift: maxDrift, drifted_share: driftedShare }),
    ...(quality && { quality: quality.value, quality_poor: record.quality === 'drift' ? 1 : 0 }),
  };
  return Object.entries(values).flatMap(([name, value]) =>
    value == null ? [] : [metric(figures, name as MonitorMetric, value)],
  );
}

/** The findings are ordered, worst first: the first of a column is its worst. */
function columnMetrics(figures: Figures): MetricDatum[] {
  const worst = new Map<string, DriftFinding>();
  for (const finding of figures.judged.judgement.findings) {
    if (!worst.has(finding.name)) worst.set(finding.name, finding);
  }
  return [...worst.values()]
    .slice(0, MOST_COLUMNS)
    .map(({ name, statistic, threshold }) => metric(figures, 'column_drift', statistic / threshold, name));
}

function metric({ monitor, at }: Figures, MetricName: MonitorMetric, value: number, column?: string): MetricDatum {
  const Dimensions = [{ Name: 'Monitor', Value: monitor }];
  if (column !== undefined) Dimensions.push({ Name: 'Column', Value: dimension(column) });
  return { MetricName, Dimensions, Timestamp: new Date(at), Value: Number.isNaN(value) ? 0 : Math.min(value, LARGEST) };
}

/** A dimension is ASCII, at most 1,024 characters, without a colon in front. */
const dimension = (column: string) =>
  column
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/^:/, '?')
    .slice(0, 1024) || '?';
