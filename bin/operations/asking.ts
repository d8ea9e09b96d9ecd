import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { ModelRef } from '../../lib/deployer/model';
import { modelLabel } from '../../lib/deployer/model';
import type { PersonRequest, SettledRequest } from '../../lib/deployer/requests';
import type { Arguments, Option } from '../command';
import { EXIT, MisuseError } from '../command';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';
import type { Operations } from './operations';
import { plain } from './texts';
import { PATIENCE, patience, settlement } from './waiting';
import { WHEREABOUTS, retyped } from './whereabouts';

/** The options of the commands that ask the deployer for something. */
export const ASKING: Readonly<Record<string, Option>> = {
  ...WHEREABOUTS,
  by: { type: 'string', value: 'NAME', help: 'who asks, for the record (default: the user of this computer)' },
  wait: { type: 'boolean', help: 'wait until it is done; exit code 3 when it is not' },
  ...PATIENCE,
  json: { type: 'boolean', help: 'print one JSON document: endpoint, request, execution, with --wait outcome' },
};

/** The usage of {@link ASKING}, after what a command has of its own. */
export const ASKING_USAGE = '[--by NAME] [--wait [--timeout MINUTES]] [--json]';

/** What is asked for. */
export interface Wish {
  readonly kind: PersonRequest['kind'];
  readonly model?: ModelRef;
}

/** Asks the deployer, and waits for what comes of it where that is wanted. */
export async function ask({ kind, model }: Wish, operations: Operations, args: Arguments, terminal: Terminal) {
  const minutes = patience(args);
  const at = new Date().toISOString();
  const request: PersonRequest = { id: randomUUID(), at, by: asker(args), kind, ...(model && { model }) };
  const execution = await operations.ask(request);
  if (!args.values.json) say(request, operations, args, terminal);
  let outcome: SettledRequest | undefined;
  try {
    if (args.values.wait) outcome = await settlement(operations, { request, execution, minutes, terminal });
  } finally {
    // Also where the wait had no end: the request stands.
    if (args.values.json) writeJson(terminal.stdout, { endpoint: operations.endpoint, request, execution, outcome });
  }
  return outcome ? report(outcome, args, terminal) : EXIT.ok;
}

function say(request: PersonRequest, { endpoint }: Operations, args: Arguments, { stdout }: Terminal): void {
  const asked = `asked for ${request.kind}${request.model ? ` of ${modelLabel(request.model)}` : ''}`;
  const follow = args.values.wait ? [] : [`follow it with: cdk-mlops status ${retyped(args)} --wait`];
  writeLines(stdout, [`${asked} on ${endpoint}: request ${request.id}`, ...follow]);
}

function report({ kind, done, outcome }: SettledRequest, args: Arguments, terminal: Terminal): number {
  const text = plain(outcome);
  if (done && !args.values.json) {
    writeLines(terminal.stdout, [`${painter(terminal.stdout, terminal.env)('green', 'done')} ${kind}: ${text}`]);
  }
  if (!done)
    writeLines(terminal.stderr, [`${painter(terminal.stderr, terminal.env)('red', 'not done')} ${kind}: ${text}`]);
  return done ? EXIT.ok : EXIT.refused;
}

function asker({ values }: Arguments): string {
  const given = values.by as string | undefined;
  if (given !== undefined && given.trim() === '') throw new MisuseError("--by: got '', allowed: a name");
  return given?.trim() ?? userName();
}

/** The user of this computer. Containers may run as one who has no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'someone';
  }
}
