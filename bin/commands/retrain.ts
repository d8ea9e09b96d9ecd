import { randomUUID } from 'node:crypto';
import type { Arguments, Command } from '../command';
import { EXIT, MisuseError } from '../command';
import { userName } from '../operations/asking';
import type { MonitorOperations, RetrainingDecision } from '../operations/operations';
import { plain } from '../operations/texts';
import type { Look } from '../operations/waiting';
import { until } from '../operations/waiting';
import {
  CONFIG_OR_STACK,
  MONITOR_WHEREABOUTS,
  connectMonitor,
  monitorWhereabouts,
  retyped,
} from '../operations/whereabouts';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';

export const retrainCommand: Command = {
  name: 'retrain',
  summary: 'start the training pipeline, unless one runs already',
  usage: 'CONFIG…|--stack NAME [--why TEXT] [--json]',
  description:
    'Asks the drift monitor for a retraining and says what it decided. A person is held back by what is in flight, not by cooldown,\n' +
    'weekly limit or too little new data. Ends with exit code 3 when nothing was started.',
  arguments: CONFIG_OR_STACK,
  options: {
    ...MONITOR_WHEREABOUTS,
    why: { type: 'string', value: 'TEXT', help: 'the reason, for the record (default: that you ask for it)' },
    json: { type: 'boolean', help: 'print one JSON document: monitor, why, execution, started, reason' },
  },
  run: retrain,
};

/** A decision is made in seconds; a busy account may let it wait. */
const MOST_MINUTES = 10;

async function retrain(args: Arguments, terminal: Terminal): Promise<number> {
  const why = reason(args);
  const operations = await connectMonitor(await monitorWhereabouts('retrain', args));
  const { monitor } = operations;
  const execution = await operations.retrain(randomUUID(), why);
  const decision = await until(() => look(operations, execution), MOST_MINUTES, terminal);
  if (args.values.json) writeJson(terminal.stdout, { monitor, why, execution, ...decision });
  return report(decision, monitor, args, terminal);
}

function reason({ values }: Arguments): string {
  const given = (values.why as string | undefined)?.trim();
  if (given === '') throw new MisuseError("--why: got '', allowed: a text");
  return given ?? `${userName()} asks for it`;
}

async function look(operations: MonitorOperations, execution: string): Promise<Look<RetrainingDecision>> {
  const answer = await operations.decision(execution);
  return answer ? { answer } : { waitsFor: 'the analyzer decides' };
}

function report(
  { started, reason: said }: RetrainingDecision,
  monitor: string,
  args: Arguments,
  { stdout, stderr, env }: Terminal,
): number {
  const line = `${plain(monitor)}: ${plain(said)}`;
  if (!started) {
    writeLines(stderr, [painter(stderr, env)('red', line)]);
    return EXIT.refused;
  }
  const named = args.positionals.length > 0 || args.values.stack !== undefined;
  const there = named ? args : { ...args, values: { ...args.values, endpoint: monitor } };
  const follow = `follow it with: cdk-mlops status ${retyped(there)}`;
  if (!args.values.json) writeLines(stdout, [painter(stdout, env)('green', line), follow]);
  return EXIT.ok;
}
