import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Templates } from '../../lib/aws/diff/template';
import type { Refusal, ResourceChange } from '../../lib/aws/template-diff';
import { ConfigError } from '../../lib/config/problems';
import type { ResolvedConfig } from '../../lib/config/schema';
import type { Arguments, Command } from '../command';
import { EXIT, InputError, MisuseError, level } from '../command';
import { loadConfig } from '../configs';
import { changeLines, countKinds, refusalLine, verdictLines } from '../diff-report';
import type { Terminal } from '../terminal';
import { painter, writeJson, writeLines } from '../terminal';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'compare what two levels, configs or assemblies deploy; refuse what would lose state',
  usage: 'CONFIG…|ASSEMBLY (--from N --to M | --against CONFIG|ASSEMBLY) [--json]',
  description:
    'Compares real templates and says what a deployment would add, update in place, replace or remove: between two levels of a\n' +
    'config, or from an earlier config or cloud assembly to this one. Ends with exit code 3 when that would lose state or fail.',
  arguments: { name: 'a config file or the folder of a cloud assembly', min: 1, max: Infinity },
  options: {
    from: { type: 'string', value: 'N', help: 'the level that is deployed: 0, 1 or 2' },
    to: { type: 'string', value: 'M', help: 'the level to deploy over it' },
    against: { type: 'string', value: 'PATH', help: 'the config file or cloud assembly folder that is deployed' },
    json: { type: 'boolean', help: 'print one JSON document: changes, refused, summary' },
  },
  run: diff,
};

/** One side of a comparison. */
interface Side {
  readonly label: string;
  readonly templates: Templates;
  /** Absent for an assembly. */
  readonly config?: ResolvedConfig;
}

async function diff(args: Arguments, terminal: Terminal): Promise<number> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-mlops-diff-'));
  try {
    const [before, after] = await sides(args, scratch);
    const { diffTemplates, refusals } = await import('../../lib/aws/template-diff.js');
    const { immutableFieldChanges } = await import('../../lib/aws/diff/immutable-fields.js');
    const changes = diffTemplates(before.templates, after.templates);
    const fields = before.config && after.config ? immutableFieldChanges(before.config, after.config) : [];
    const refused = [...fields, ...refusals(changes)];
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

async function sides(args: Arguments, scratch: string): Promise<[Side, Side]> {
  const [from, to, against] = [level(args, 'from'), level(args, 'to'), args.values.against as string | undefined];
  const levels = from !== undefined && to !== undefined;
  if (against === undefined ? !levels : from !== undefined || to !== undefined) {
    throw new MisuseError('diff needs either --from N and --to M, or --against CONFIG|ASSEMBLY');
  }
  const files = args.positionals;
  if (against === undefined) {
    return [await atLevel(files, from!, scratch), await atLevel(files, to!, scratch)];
  }
  return [await side([against], '--against', scratch), await side(files, 'CONFIG', scratch)];
}

async function atLevel(files: readonly string[], wanted: number, scratch: string): Promise<Side> {
  try {
    return await synthesized(files, `level ${wanted}`, scratch, wanted);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new InputError(error.message.split('\n').map((line) => `at level ${wanted}: ${line}`));
  }
}

async function synthesized(files: readonly string[], label: string, scratch: string, wanted?: number): Promise<Side> {
  const config = await loadConfig(files, { cloud: 'aws', level: wanted });
  const { synthesize } = await import('../clouds/aws.js');
  const { templates } = await synthesize(config, mkdtempSync(path.join(scratch, 'side-')), { validation: false });
  return { label, templates, config };
}

/** One side of `--against`: the folder of a cloud assembly, or config files. */
async function side(given: readonly string[], argument: string, scratch: string): Promise<Side> {
  const folder = given.find((name) => statSync(name, { throwIfNoEntry: false })?.isDirectory());
  if (folder === undefined) return synthesized(given, given.join(' '), scratch);
  const { isAssembly, readAssembly } = await import('../../lib/aws/diff/assembly.js');
  if (given.length > 1 || !isAssembly(folder)) {
    const got = given.length > 1 ? 'stands beside other arguments' : 'is a folder without manifest.json';
    throw new InputError([`${argument}: ${folder} ${got}, allowed: config files, or the folder of one cloud assembly`]);
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
