import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError } from '../../lib/config/problems';
import type { ResolvedConfig } from '../../lib/config/schema';
import type { Refusal, ResourceChange } from '../../lib/plan/change';
import type { Comparer } from '../clouds/synthesis';
import type { Arguments, Command } from '../command';
import { EXIT, InputError, MisuseError, choice, level } from '../command';
import type { Cloud } from '../configs';
import { loadConfig } from '../configs';
import { changeLines, countKinds, refusalLine, verdictLines } from '../diff-report';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'compare what two levels, configs or assemblies deploy; refuse what would lose state',
  usage: 'CONFIG…|ASSEMBLY (--from N --to M | --against CONFIG|ASSEMBLY) [--cloud aws|google] [--json]',
  description:
    'Compares real templates and says what a deployment would add, update in place, replace or remove: between two levels of a\n' +
    'config, or from an earlier config or assembly (what synth wrote) to this one. Ends with exit code 3 when that would lose\n' +
    'state or fail.',
  arguments: { name: 'a config file or the folder of an assembly', min: 1, max: Infinity },
  options: {
    cloud: {
      type: 'string',
      value: 'CLOUD',
      help: 'the cloud: aws or google (default: that of a folder that is compared, else aws)',
    },
    from: { type: 'string', value: 'N', help: 'the level that is deployed: 0, 1 or 2' },
    to: { type: 'string', value: 'M', help: 'the level to deploy over it' },
    against: { type: 'string', value: 'PATH', help: 'the config file or assembly folder that is deployed' },
    json: { type: 'boolean', help: 'print one JSON document: changes, refused, summary' },
  },
  run: diff,
};

/** One side of a comparison. */
interface Side {
  readonly label: string;
  /** What the cloud's comparer reads. */
  readonly templates: unknown;
  /** Absent for an assembly. */
  readonly config?: ResolvedConfig;
}

/** How the sides are made: for one cloud, in a folder that goes afterwards. */
interface Workplace {
  readonly cloud: Cloud;
  readonly comparer: Comparer<unknown>;
  readonly scratch: string;
}

async function diff(args: Arguments, terminal: Terminal): Promise<number> {
  const cloud = (choice(args, 'cloud', ['aws', 'google']) as Cloud | undefined) ?? (await cloudOf(args));
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-mlops-diff-'));
  try {
    const comparer = await comparerOf(cloud);
    const [before, after] = await sides(args, { cloud, comparer, scratch });
    const changes = comparer.changes(before.templates, after.templates);
    const fields = before.config && after.config ? comparer.immutableFieldChanges(before.config, after.config) : [];
    const refused = [...fields, ...comparer.refusals(changes)];
    if (args.values.json) writeJson(terminal.stdout, document(changes, refused));
    else report(before, after, changes, refused, terminal);
    writeLines(
      terminal.stderr,
      refused.map((refusal) => refusalLine(refusal, painter(terminal.stderr, terminal.env))),
    );
    return refused.length > 0 ? EXIT.refused : EXIT.ok;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The cloud of what is compared: that of the folders which are given, else AWS. */
async function cloudOf({ positionals, values }: Arguments): Promise<Cloud> {
  const { isAssembly } = await import('../../lib/google/diff/assembly.js');
  return [...positionals, values.against].some((given) => typeof given === 'string' && isAssembly(given))
    ? 'google'
    : 'aws';
}

async function comparerOf(cloud: Cloud): Promise<Comparer<unknown>> {
  const { comparer } = cloud === 'aws' ? await import('../clouds/aws.js') : await import('../clouds/google.js');
  return (await comparer()) as Comparer<unknown>;
}

async function sides(args: Arguments, workplace: Workplace): Promise<[Side, Side]> {
  const [from, to, against] = [level(args, 'from'), level(args, 'to'), args.values.against as string | undefined];
  const levels = from !== undefined && to !== undefined;
  if (against === undefined ? !levels : from !== undefined || to !== undefined) {
    throw new MisuseError('diff needs either --from N and --to M, or --against CONFIG|ASSEMBLY');
  }
  const files = args.positionals;
  if (against === undefined) {
    return [await atLevel(files, from!, workplace), await atLevel(files, to!, workplace)];
  }
  return [await side([against], '--against', workplace), await side(files, 'CONFIG', workplace)];
}

async function atLevel(files: readonly string[], wanted: number, workplace: Workplace): Promise<Side> {
  try {
    return await synthesized(files, `level ${wanted}`, workplace, wanted);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InputError(error.message.split('\n').map((line) => `at level ${wanted}: ${line}`));
  }
}

async function synthesized(
  files: readonly string[],
  label: string,
  { cloud, comparer, scratch }: Workplace,
  wanted?: number,
): Promise<Side> {
  const config = await loadConfig(files, { cloud, level: wanted });
  const templates = await comparer.synthesized(config, mkdtempSync(path.join(scratch, 'side-')));
  return { label, templates, config };
}

/** What tells each cloud's assemblies from other folders. */
const ASSEMBLIES: Readonly<Record<Cloud, { sign: string; called: string }>> = {
  aws: { sign: 'a manifest.json that lists artifacts', called: 'one cloud assembly' },
  google: { sign: 'a manifest.json that lists stacks', called: 'one synthesis for Google Cloud' },
};

/** One side of `--against`: the folder of an assembly, or config files. */
async function side(given: readonly string[], argument: string, workplace: Workplace): Promise<Side> {
  const folder = given.find((name) => statSync(name, { throwIfNoEntry: false })?.isDirectory());
  if (folder === undefined) return synthesized(given, given.join(' '), workplace);
  const { isAssembly, readAssembly } = workplace.comparer;
  const { sign, called } = ASSEMBLIES[workplace.cloud];
  if (given.length > 1 || !isAssembly(folder)) {
    const got = given.length > 1 ? 'stands beside other arguments' : `is a folder without ${sign}`;
    throw new InputError([`${argument}: ${folder} ${got}, allowed: config files, or the folder of ${called}`]);
  }
  return { label: folder, templates: readAssembly(folder) };
}

function document(changes: readonly ResourceChange[], refused: readonly Refusal[]): object {
  const stateful = changes.filter((change) => change.stateful).length;
  return {
    changes,
    refused,
    summary: { ...countKinds(changes), stateful, verdict: refused.length > 0 ? 'refused' : 'accepted' },
  };
}

function report(
  before: Side,
  after: Side,
  changes: readonly ResourceChange[],
  refused: readonly Refusal[],
  terminal: Terminal,
): void {
  const paint = painter(terminal.stdout, terminal.env);
  const title = paint('bold', `${before.label} → ${after.label}`);
  writeLines(terminal.stdout, [title, ...changeLines(changes, paint), '', ...verdictLines(changes, refused, paint)]);
}
