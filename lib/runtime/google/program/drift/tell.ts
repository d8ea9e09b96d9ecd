/** What people and programs are told of a run: metrics, messages, entries of the log. */
import type { StateChange } from '../../../../monitoring/settle';
import type { DriftStateChange } from '../../../drift-contract';
import type { DriftLogEntry, DriftMessageAttributes, GoogleMonitorMetric } from '../../../google-drift-contract';
import type { Ending, LogEntry, Requesting } from '../protocol';
import { ask, inWords, bodyOf } from '../turn';
import { urlOf } from '../urls';
import type { Carry } from './carry';
import { base64 } from './base64';
import type { LeasedRecord, Work } from './work';
import { isNewest, read, to } from './work';

const METRICS = 'custom.googleapis.com/cdk_mlops';

/** Publishes the figures of the newest run and its changes, and goes on with what they ask for. */
export function* announce(work: Work, carry: Carry): Requesting<Ending> {
  const { record } = yield* read(work);
  const notes = [...carry.notes];
  if (isNewest(work, record)) notes.push(...(yield* attempt('metrics', publishMetrics(work, carry, record))));
  const changes = eventsOf(work, carry.changes ?? []);
  if (work.settings.topic !== undefined && changes.length > 0) {
    notes.push(...(yield* attempt('events', publishEvents(work, changes))));
  }
  const next = wantsRetraining(work, record, carry) ? 'retrain' : 'finish';
  return to(next, { ...carry, notes });
}

/** What does not keep a run from its end: what went wrong, in words. */
function* attempt(what: string, part: Requesting<void>): Requesting<string[]> {
  try {
    yield* part;
    return [];
  } catch (error) {
    return [`${what} could not be published: ${inWords(error)}`];
  }
}

/** Without a verdict there is no figure of drift: no figure is not "no drift". All of a run are fewer than the 200 of one request. */
function* publishMetrics(work: Work, carry: Carry, record: LeasedRecord): Requesting<void> {
  const { settings, now } = work;
  const url = `${urlOf(settings, 'monitoring')}/v3/projects/${settings.project}/timeSeries`;
  const series = figuresOf(carry, record).map(({ metric, value, column }) => ({
    metric: {
      type: `${METRICS}/${metric}`,
      labels: { monitor: settings.monitor, ...(column !== undefined && { column: column.slice(0, 1024) }) },
    },
    resource: { type: 'global', labels: { project_id: settings.project } },
    points: [{ interval: { endTime: now }, value: { doubleValue: value } }],
  }));
  const request = { method: 'POST', url, body: { timeSeries: series } } as const;
  bodyOf(request, yield* ask(request));
}

interface Figure {
  readonly metric: GoogleMonitorMetric;
  readonly value: number;
  readonly column?: string;
}

function figuresOf({ summary, bytes }: Carry, record: LeasedRecord): Figure[] {
  const { judgement, quality, worst, unreadable } = summary!;
  const { verdict, rows, maxDrift, driftedShare } = judgement;
  const values: Partial<Record<GoogleMonitorMetric, number | null>> = {
    rows,
    unreadable_requests: unreadable,
    bytes_scanned: bytes,
    drift: record.state === 'drift' ? 1 : 0,
    ...(verdict !== 'notEnoughData' && { max_drift: Math.min(maxDrift, 1e9), drifted_share: driftedShare }),
    ...(quality && { quality: quality.value, quality_poor: record.quality === 'drift' ? 1 : 0 }),
  };
  const known = Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return [
    ...known.map(([metric, value]) => ({ metric: metric as GoogleMonitorMetric, value })),
    ...worst.map(([column, value]) => ({ metric: 'column_drift' as const, value, column })),
  ];
}

/** What people hear of changes of state: entries of the log. */
export function entriesOf(work: Work, changes: readonly StateChange[]): LogEntry[] {
  return eventsOf(work, changes).map((change) => entryOf(work, change));
}

/** Changes of state as events. */
function eventsOf({ settings }: Work, changes: readonly StateChange[]): DriftStateChange[] {
  return changes.map(({ what, report = '', ...change }) => ({
    detailType: what === 'drift' ? 'Drift State Change' : 'Quality State Change',
    monitor: settings.monitor,
    ...change,
    report,
  }));
}

function* publishEvents({ settings }: Work, changes: readonly DriftStateChange[]): Requesting<void> {
  const messages = changes.map((change) => {
    const { detailType, state, incident, monitor } = change;
    const attributes: DriftMessageAttributes = { monitor, detailType, state, incident: String(incident) };
    return { data: base64(JSON.stringify(change)), attributes };
  });
  const request = {
    method: 'POST',
    url: `${urlOf(settings, 'pubsub')}/v1/${settings.topic}:publish`,
    body: { messages },
  } as const;
  bodyOf(request, yield* ask(request));
}

function entryOf({ settings }: Work, { detailType, state, reason, report }: DriftStateChange): LogEntry {
  const event = detailType === 'Drift State Change' ? 'drift' : 'quality';
  return entry(state === 'drift' ? 'WARNING' : 'NOTICE', { monitor: settings.monitor, event, state, reason, report });
}

/** An entry of the log that people are to hear of. */
export function entry(severity: LogEntry['severity'], drift: DriftLogEntry['drift']): LogEntry {
  return { severity, json: { drift } satisfies DriftLogEntry };
}

/** A drift that lasts asks at every run: what holds a retraining back may have changed since the last one. */
function wantsRetraining(work: Work, record: LeasedRecord, { rules }: Carry): boolean {
  const [last] = record.runs;
  // A drift that is calming is not trained for: what it came from may be over.
  const drift = record.state === 'drift' && last?.verdict === 'drift';
  const poor = record.quality === 'drift' && last?.quality?.verdict === 'poor';
  const may = work.settings.retraining !== undefined && rules.retraining !== undefined;
  return (drift || poor) && may && isNewest(work, record);
}
