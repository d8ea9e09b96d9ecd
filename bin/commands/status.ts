import type { Arguments, Command } from '../command';
import { EXIT } from '../command';
import type { Operations } from '../operations/operations';
import { plain } from '../operations/texts';
import { PATIENCE, patience, rest } from '../operations/waiting';
import type { Rest } from '../operations/waiting';
import { CONFIG_OR_STACK, WHEREABOUTS, connect, whereabouts } from '../operations/whereabouts';
import type { Monitors } from '../status-report';
import { statusDocument, statusLines } from '../status-report';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';

export const statusCommand: Command = {
  name: 'status',
  summary: 'say what serves, what is in flight, and what was decided',
  usage: 'CONFIG…|--stack NAME [--wait [--timeout MINUTES]] [--json]',
  description:
    'Says which model serves, what is in flight, how a running A/B test stands, which models were before or are refused, what waits,\n' +
    'what was decided and why, and what its drift monitors see. With --wait it first waits until nothing is in flight, no request\n' +
    'waits and what was applied last has been read (an A/B test may go on), and ends with exit code 3 when what was asked for last did\n' +
    'not succeed.',
  arguments: CONFIG_OR_STACK,
  options: {
    ...WHEREABOUTS,
    wait: { type: 'boolean', help: 'wait until the deployer rests; exit code 3 when the last request was not done' },
    ...PATIENCE,
    json: {
      type: 'boolean',
      help: 'print one JSON document: endpoint, state, champion, inFlight, test, requests, settled, previous, refused, decisions, monitors',
    },
  },
  run: status,
};

async function status(args: Arguments, terminal: Terminal): Promise<number> {
  const minutes = patience(args);
  const operations = await connect(await whereabouts('status', args));
  const { record, failure }: Rest = args.values.wait
    ? await rest(operations, minutes, terminal)
    : { record: await operations.record() };
  const monitors = await monitorsOf(operations);
  if (args.values.json) writeJson(terminal.stdout, statusDocument(record, monitors));
  else writeLines(terminal.stdout, statusLines(record, monitors, painter(terminal.stdout, terminal.env)));
  if (failure === undefined) return EXIT.ok;
  writeLines(terminal.stderr, [painter(terminal.stderr, terminal.env)('red', plain(failure))]);
  return EXIT.refused;
}

/** Who may not see the monitors, or whose monitors' records are broken, still learns what serves. */
async function monitorsOf(operations: Operations): Promise<Monitors> {
  try {
    return await operations.monitors();
  } catch (error) {
    return (error as Error).message;
  }
}
