import type { Command } from './command';
import { EXIT, MisuseError, RefusedError, parse, unknownName } from './command';
import { deployCommand } from './commands/deploy';
import { diffCommand } from './commands/diff';
import { driftCommand } from './commands/drift';
import { initCommand } from './commands/init';
import { profileCommand } from './commands/profile';
import { promoteCommand, rollbackCommand, undeployCommand } from './commands/requests';
import { retrainCommand } from './commands/retrain';
import { statusCommand } from './commands/status';
import { synthCommand } from './commands/synth';
import { validateCommand } from './commands/validate';
import { commandHelp, programHelp } from './help';
import { problemLines } from './problem-lines';
import type { Terminal } from './terminal';
import { painter, writeLines } from './terminal';

const COMMANDS: readonly Command[] = [
  initCommand,
  validateCommand,
  synthCommand,
  diffCommand,
  profileCommand,
  driftCommand,
  deployCommand,
  statusCommand,
  promoteCommand,
  rollbackCommand,
  undeployCommand,
  retrainCommand,
];

/** Runs the command line `argv` (without node and the script) and answers with the exit code. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = argv;
  try {
    if (first === '--help' || first === '-h') return print(terminal, programHelp(COMMANDS));
    if (first === '--version' || first === '-v') return print(terminal, [version()]);
    return await runCommand(first, rest, terminal);
  } catch (error) {
    return fail(error, terminal, first);
  }
}

async function runCommand(name: string | undefined, rest: readonly string[], terminal: Terminal): Promise<number> {
  if (name === undefined) throw new MisuseError('a command is missing');
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) throw new MisuseError(unknownName(name.startsWith('-') ? 'option' : 'command', name, known(name)));
  const args = parse(command, rest);
  return args.values.help ? print(terminal, commandHelp(command)) : command.run(args, terminal);
}

function known(name: string): string[] {
  return name.startsWith('-') ? ['--help', '--version'] : COMMANDS.map((command) => command.name);
}

function print(terminal: Terminal, lines: readonly string[]): number {
  writeLines(terminal.stdout, lines);
  return EXIT.ok;
}

function version(): string {
  // Found by the package's own name: the depth of this file differs between sources and build.
  return (require('cdk-mlops/package.json') as { version: string }).version;
}

/** Each problem on its own line; never a stack trace. */
function fail(error: unknown, { stderr, env }: Terminal, command: string | undefined): number {
  const paint = painter(stderr, env);
  if (error instanceof MisuseError) {
    const help = COMMANDS.some(({ name }) => name === command) ? `cdk-mlops ${command} --help` : 'cdk-mlops --help';
    writeLines(stderr, [paint('red', error.message), `see: ${help}`]);
    return EXIT.misuse;
  }
  writeLines(
    stderr,
    problemLines(error).map((line) => paint('red', line)),
  );
  return error instanceof RefusedError ? EXIT.refused : EXIT.invalid;
}
