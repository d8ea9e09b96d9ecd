import { readFileSync } from 'node:fs';
import type { DriftJudgement } from '../../lib/statistics/drift/judgement';
import type { Counts, Profile } from '../../lib/statistics/profile/profile';
import type { Arguments, Command } from '../command';
import { EXIT, InputError, MisuseError } from '../command';
import type { DataOptions } from '../drift-data';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';
import { write } from './profile';

export const driftCommand: Command = {
  name: 'drift',
  summary: 'compare data with a baseline, column by column, and say what drifted',
  usage:
    '--baseline FILE --current FILE [--config CONFIG]… [--format FORMAT] [--report FILE] [--fail-on-drift] [--json]',
  description:
    'Compares data with a baseline: a profile, or data of which one is made. FILE is as for profile, a file or a folder. Tests, thresholds\n' +
    'and the fewest rows are those of the config; without one the defaults: ks for numbers, psi for categories, 500 rows. A column drifted\n' +
    'where its statistic is above both its threshold and what chance explains at this number of rows.',
  arguments: { name: 'no arguments', min: 0, max: 0 },
  options: {
    baseline: { type: 'string', value: 'FILE', help: 'what is compared with: a profile, a data file or a folder' },
    current: { type: 'string', value: 'FILE', help: 'what is looked at: a data file or a folder' },
    config: {
      type: 'string',
      value: 'CONFIG',
      multiple: true,
      help: 'a config with columns, tests and thresholds; later ones merge over earlier ones',
    },
    format: {
      type: 'string',
      value: 'FORMAT',
      help: 'csv, jsonlines, parquet or capture; default what the content tells',
    },
    report: { type: 'string', value: 'FILE', help: 'HTML page to write, with the distributions side by side' },
    'fail-on-drift': { type: 'boolean', help: 'exit code 3 when something drifted' },
    json: {
      type: 'boolean',
      help: 'print one JSON document: features, driftedShare, verdict, reason, schema, rows, damage',
    },
  },
  run: drift,
};

async function drift(args: Arguments, terminal: Terminal): Promise<number> {
  const [baselinePath, currentPath] = [required(args, 'baseline'), required(args, 'current')];
  const { chosenFormat, configOf, countOver } = await import('../drift-data.js');
  const { rulesOf } = await import('../drift-rules.js');
  const { judgeDrift } = await import('../../lib/statistics/drift/judge.js');
  const { driftDocument, driftLines } = await import('../drift-lines.js');
  const options = { config: await configOf(args), format: chosenFormat(args) };
  const { profile, notes } = await baselineOf(baselinePath, options, terminal);
  const counts = await countOver(profile, currentPath, options, terminal);
  const rules = rulesOf(profile.bins, options.config);
  const judgement = judgeDrift(profile, { hours: [{ hour: '', counts }] }, rules);
  const report = args.values.report as string | undefined;
  if (report !== undefined) await writeReport(report, { profile, counts, judgement, currentPath });
  const seen = { judgement, baseline: profile.counts, current: counts, notes, report };
  if (args.values.json) writeJson(terminal.stdout, driftDocument(seen));
  else writeLines(terminal.stdout, driftLines(seen, painter(terminal.stdout, terminal.env)));
  return args.values['fail-on-drift'] && judgement.verdict === 'drift' ? EXIT.refused : EXIT.ok;
}

function required(args: Arguments, name: string): string {
  const value = args.values[name] as string | undefined;
  if (value === undefined) throw new MisuseError(`drift needs --${name} FILE`);
  return value;
}

/** A stored profile, or one that is made of data now. */
async function baselineOf(
  file: string,
  options: DataOptions,
  terminal: Terminal,
): Promise<{ profile: Profile; notes: readonly string[] }> {
  const { isProfile, profileOf } = await import('../drift-data.js');
  if (!isProfile(file)) return profileOf([file], options, terminal);
  const { checkProfile } = await import('../../lib/statistics/profile/check-profile.js');
  try {
    return { profile: checkProfile(JSON.parse(readFileSync(file, 'utf8'))), notes: [] };
  } catch (error) {
    throw new InputError((error as Error).message.split('\n').map((problem) => `${file}: ${problem}`));
  }
}

interface Compared {
  readonly profile: Profile;
  readonly counts: Counts;
  readonly judgement: DriftJudgement;
  readonly currentPath: string;
}

async function writeReport(file: string, { profile, counts, judgement, currentPath }: Compared): Promise<void> {
  const { buildReport } = await import('../../lib/monitoring/report.js');
  const { reportPage } = await import('../../lib/monitoring/report-page.js');
  const createdAt = new Date().toISOString();
  const report = buildReport({ title: currentPath, createdAt, baseline: profile, windowCounts: counts, judgement });
  write(file, reportPage(report));
}
