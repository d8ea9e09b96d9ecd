/** Finds the drift monitors of a stack, with the analyzer that runs them. */
import type { AnalyzerInput, MonitorSettings } from '../../lib/runtime/drift-contract';
import { InputError, MisuseError } from '../command';
import type { AwsCalls } from './aws-sdk';
import type { Stack, TemplateResource, TemplateResources } from './aws-stacks';
import { parsedTemplate, physicalId, references, variable, withNested } from './aws-stacks';

/** A monitor, and what runs it. */
export interface FoundMonitor {
  readonly settings: MonitorSettings;
  readonly stateMachine: string;
  /** Of the monitors' records. */
  readonly table: string;
}

/** What the schedule of a monitor hands over, as it stands in a template: other values are put between. */
const TASK = '"task":"monitor"';

/**
 * Follows what the template says: a monitor is a schedule with an input for the analyzer's state machine; the machine names
 * the analyzer's function, and that its table. What the input holds in the end, the schedule's target says.
 */
export async function findMonitors(calls: AwsCalls, stackName: string): Promise<FoundMonitor[]> {
  const found: FoundMonitor[] = [];
  for (const stack of await withNested(calls, stackName)) {
    if (!stack.resources.some(({ type }) => type === 'AWS::Events::Rule')) continue;
    const text = await calls.template(stack.id);
    const template = parsedTemplate(text, stackName, 'its monitors are not found');
    for (const [id, resource] of Object.entries(template)) {
      const table = tableOf(template, stack, resource);
      const rule = physicalId(stack, id);
      if (rule !== undefined && table !== undefined) found.push(...(await monitorsOf(calls, rule, table)));
    }
  }
  return found;
}

/**
 * The table behind the schedule of a monitor; nothing for what is none.
 *
 * @throws InputError when the analyzer stands in another stack
 */
function tableOf(template: TemplateResources, stack: Stack, rule: TemplateResource | undefined): string | undefined {
  if (rule?.Type !== 'AWS::Events::Rule') return undefined;
  const targets = (rule.Properties?.Targets ?? []) as ReadonlyArray<{
    readonly Arn?: unknown;
    readonly Input?: unknown;
  }>;
  const [target] = targets.filter(({ Input }) => literal(Input).includes(TASK));
  if (!target) return undefined;
  const [machine] = references(target.Arn);
  const [table] = references(template[machine]?.Properties).flatMap((id) =>
    references(variable(template[id], 'TABLE_NAME')),
  );
  const found = physicalId(stack, table);
  if (found !== undefined) return found;
  throw new InputError([
    'a drift monitor of the stack is run by an analyzer of another, which is not found by its template',
  ]);
}

/** What is written out in a text of a template. */
function literal(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? Object.values(value).map(literal).join('') : '';
}

async function monitorsOf(calls: AwsCalls, rule: string, table: string): Promise<FoundMonitor[]> {
  const targets = await calls.targets(rule);
  return targets.flatMap(({ arn, input = '{}' }) => {
    const { task, monitor } = JSON.parse(input) as Partial<AnalyzerInput>;
    return task === 'monitor' && monitor ? [{ settings: monitor, stateMachine: arn, table }] : [];
  });
}

/** The monitor of a name, or the only one. */
export function chosenMonitor(monitors: readonly FoundMonitor[], stackName: string, name?: string): FoundMonitor {
  const wanted = monitors.filter(({ settings }) => name === undefined || settings.name === name);
  if (wanted.length === 1) return wanted[0];
  const names = monitors.map(({ settings }) => settings.name).join(', ');
  if (wanted.length > 1)
    throw new MisuseError(`stack ${stackName} holds the monitors ${names}; name one with --monitor`);
  const what = name === undefined ? 'no drift monitor' : `no drift monitor ${name}`;
  const instead = names === '' ? '' : ` (but ${names})`;
  throw new InputError([
    `stack ${stackName} holds ${what}${instead}; name the stack that does with --stack, or turn monitoring on (level 1 and a monitoring section)`,
  ]);
}
