import type { Command, Option } from './command';
import { allOptions } from './command';
import { columns } from './terminal';

/** The help of the whole program. */
export function programHelp(commands: readonly Command[]): string[] {
  return [
    'Usage: cdk-mlops COMMAND [ARGUMENTS]',
    '',
    'One config describes how a model is trained, served and watched; its level says how much of that runs by itself.',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [`  ${name}`, summary])),
    '',
    'Options:',
    ...columns([
      ['  -h, --help', 'print this help; after a command, that of the command'],
      ['  -v, --version', 'print the version'],
    ]),
    '',
    'Exit codes: 0 success, 1 invalid input, 2 wrong command line, 3 a check refused',
  ];
}

/** The help of one command. */
export function commandHelp(command: Command): string[] {
  const rows = Object.entries(allOptions(command)).map(([name, option]) => [`  ${label(name, option)}`, option.help]);
  return [
    `Usage: cdk-mlops ${command.name} ${command.usage}`,
    '',
    command.description,
    '',
    'Options:',
    ...columns(rows),
  ];
}

function label(name: string, { short, value }: Option): string {
  return `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`;
}
