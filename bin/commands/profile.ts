import { writeFileSync } from 'node:fs';
import type { Arguments, Command } from '../command';
import { EXIT, InputError } from '../command';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';

export const profileCommand: Command = {
  name: 'profile',
  summary: 'count what columns of data hold: the baseline that drift compares with',
  usage: 'FILE… [--config CONFIG]… [--format FORMAT] [--out FILE] [--json]',
  description:
    'Counts the values of each column in bins that the data itself fixes. FILE is CSV, JSON Lines, Parquet or captured requests, as it\n' +
    'is or compressed with gzip, or a folder of such files. Features and prediction are those of the config; without one, the columns\n' +
    'are those that the data names, numeric where nearly all of the first rows hold numbers.',
  arguments: { name: 'a data file or folder', min: 1, max: Infinity },
  options: {
    config: {
      type: 'string',
      value: 'CONFIG',
      multiple: true,
      help: 'a config that names the columns; later ones merge over earlier ones',
    },
    format: {
      type: 'string',
      value: 'FORMAT',
      help: 'csv, jsonlines, parquet or capture; default what the content tells',
    },
    out: { type: 'string', short: 'o', value: 'FILE', help: 'file to write the profile to, for drift --baseline' },
    json: { type: 'boolean', help: 'print the profile as one JSON document: bins, counts, source, createdAt' },
  },
  run: profile,
};

async function profile(args: Arguments, terminal: Terminal): Promise<number> {
  const { chosenFormat, configOf, profileOf } = await import('../drift-data.js');
  const { profileLines } = await import('../drift-lines.js');
  const options = { config: await configOf(args), format: chosenFormat(args) };
  const made = await profileOf(args.positionals, options, terminal);
  const out = args.values.out as string | undefined;
  if (out !== undefined) write(out, `${JSON.stringify(made.profile)}\n`);
  if (args.values.json) writeJson(terminal.stdout, made.profile);
  else writeLines(terminal.stdout, profileLines(made, out, painter(terminal.stdout, terminal.env)));
  return EXIT.ok;
}

/** Writes a file that somebody named. */
export function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputError([`${file}: cannot be written: ${(error as Error).message}`]);
  }
}
