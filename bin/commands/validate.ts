import { ConfigError, describe } from '../../lib/config/problems';
import type { Arguments, Command } from '../command';
import { EXIT, choice } from '../command';
import type { Cloud } from '../configs';
import { loadConfig } from '../configs';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';

export const validateCommand: Command = {
  name: 'validate',
  summary: 'check a config and print every problem at once',
  usage: 'CONFIG… [--cloud aws|google] [--json]',
  description:
    'Checks a config: YAML or JSON files, of which later ones merge over earlier ones. Prints each problem on a line of\nits own on standard error, or ok with what the level leaves out.',
  arguments: { name: 'a config file', min: 1, max: Infinity },
  options: {
    cloud: { type: 'string', value: 'CLOUD', help: 'also check what this cloud can do: aws or google' },
    json: { type: 'boolean', help: 'print one JSON document: valid, problems [{path, message}], notes' },
  },
  run: validate,
};

async function validate(args: Arguments, terminal: Terminal): Promise<number> {
  const cloud = choice(args, 'cloud', ['aws', 'google']) as Cloud | undefined;
  try {
    const config = await loadConfig(args.positionals, { cloud });
    const { plan } = await import('../../lib/plan/plan.js');
    const { notes } = plan(config);
    if (args.values.json) writeJson(terminal.stdout, { valid: true, problems: [], notes });
    else report(terminal, `${config.name}, level ${config.level}`, notes);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ConfigError) || !args.values.json) throw error;
    writeJson(terminal.stdout, { valid: false, problems: error.problems, notes: [] });
    writeLines(terminal.stderr, error.problems.map(describe));
    return EXIT.invalid;
  }
}

function report({ stdout, env }: Terminal, what: string, notes: readonly string[]): void {
  const paint = painter(stdout, env);
  writeLines(stdout, [`${paint('green', 'ok')} ${what}`, ...notes.map((note) => `note: ${note}`)]);
}
