/** What people and programs are told of a run. */
import type { StateChange } from '../../../monitoring/settle';
import type { AnalyzerResult, DriftStateChange, MonitorSettings } from '../../drift-contract';

/** SNS takes subjects of at most 100 ASCII characters. */
const LONGEST_SUBJECT = 100;

export type Message = NonNullable<AnalyzerResult['message']>;

/** A message to the monitor's topic; nothing where it has none. */
export function message(
  { name, topicArn }: MonitorSettings,
  what: string,
  text: string,
): { readonly message?: Message } {
  if (topicArn === undefined) return {};
  const subject = `${name}: ${what}`.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_SUBJECT);
  return { message: { topicArn, subject, text } };
}

/** Changes of state as events. */
export function eventsOf(monitor: string, changes: readonly StateChange[]): DriftStateChange[] {
  return changes.map(({ what, report = '', ...change }) => ({
    detailType: what === 'drift' ? 'Drift State Change' : 'Quality State Change',
    monitor,
    ...change,
    report,
  }));
}

/** Changes of state for people. */
export function changesMessage(
  settings: MonitorSettings,
  changes: readonly StateChange[],
): { readonly message?: Message } {
  if (changes.length === 0) return {};
  const lines = changes.map(({ since, reason, ...change }) => `${since} ${headline(change)}: ${reason}`);
  const [{ report }] = changes;
  return message(
    settings,
    changes.map(headline).join(', '),
    [...lines, ...(report ? ['', `Report: ${report}`] : [])].join('\n'),
  );
}

function headline({ what, state, model }: Pick<StateChange, 'what' | 'state' | 'model'>): string {
  const whose = model === undefined ? '' : ` (${model.slice(model.lastIndexOf('/') + 1) || model})`;
  const words = { drift: { drift: 'drift', ok: 'no drift any more', unknown: 'unknown' }, quality: QUALITY } as const;
  return `${words[what][state]}${whose}`;
}

const QUALITY = { drift: 'quality is poor', ok: 'quality is fine again', unknown: 'quality is unknown' } as const;
