import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Plan } from '../../lib/plan/plan';
import type { Arguments, Command } from '../command';
import { EXIT, InputError, level } from '../command';
import { loadConfig, requireAws } from '../configs';
import { countByPart } from '../parts';
import type { Synthesis } from '../synthesis';
import type { Terminal } from '../terminal';
import { columns, painter, writeJson, writeLines } from '../terminal';

export const synthCommand: Command = {
  name: 'synth',
  summary: 'write the cloud assembly of a config, for cdk deploy --app DIR',
  usage: 'CONFIG… [--cloud aws] [--level N] [--out DIR] [--json]',
  description:
    'Writes a cloud assembly with one stack, named like the config, for any account and region. Needs no network and no account.\nDeploy it with: npx cdk deploy --app DIR',
  arguments: { name: 'a config file', min: 1, max: Infinity },
  options: {
    cloud: { type: 'string', value: 'CLOUD', help: 'the cloud: aws (default)' },
    level: { type: 'string', short: 'l', value: 'N', help: 'a level instead of the one in the config: 0, 1 or 2' },
    out: { type: 'string', short: 'o', value: 'DIR', help: 'folder of the cloud assembly (default: cdk.out)' },
    json: { type: 'boolean', help: 'print one JSON document: name, level, capabilities, resources, notes, out' },
  },
  run: synth,
};

async function synth(args: Arguments, terminal: Terminal): Promise<number> {
  const cloud = requireAws(args.values.cloud as string | undefined);
  const config = await loadConfig(args.positionals, { cloud, level: level(args, 'level') });
  const out = (args.values.out as string | undefined) ?? 'cdk.out';
  const { synthesize } = await import('../synthesis.js');
  const synthesis = await synthesize(config, outputFolder(out));
  if (args.values.json) writeJson(terminal.stdout, document(synthesis, out));
  else summarize(synthesis, out, terminal);
  return EXIT.ok;
}

/** A folder to write to. What an earlier synthesis wrote goes first: a stale template would look like one of this config. */
function outputFolder(directory: string): string {
  if (!existsSync(directory)) return directory;
  if (!statSync(directory).isDirectory()) throw new InputError([`--out: got the file ${directory}, allowed: a folder`]);
  const isAssembly = ['cdk.out', 'manifest.json'].every((file) => existsSync(path.join(directory, file)));
  const stale = isAssembly ? readdirSync(directory).filter((file) => /\.(template|assets)\.json$/.test(file)) : [];
  for (const file of stale) rmSync(path.join(directory, file));
  return directory;
}

function document({ plan, notes, templates }: Synthesis, out: string): object {
  const { name, level, capabilities } = plan;
  return { name, level, capabilities, resources: Object.fromEntries(countByPart(templates)), notes, out };
}

function summarize({ plan, notes, templates }: Synthesis, out: string, { stdout, env }: Terminal): void {
  const paint = painter(stdout, env);
  const parts = countByPart(templates);
  const total = parts.reduce((sum, [, count]) => sum + count, 0);
  const rows = [
    ['capabilities', capabilitiesOn(plan)],
    ['resources', `${total}: ${parts.map(([part, count]) => `${part} ${count}`).join(', ')}`],
    ...notes.map((note) => ['note', note]),
    ['written to', `${out} (deploy it with: npx cdk deploy --app ${quoted(out)})`],
  ];
  writeLines(stdout, [
    paint('bold', `${plan.name}, level ${plan.level}`),
    ...columns(rows.map(([key, text]) => [`  ${key}`, text])),
  ]);
}

function capabilitiesOn({ capabilities }: Plan): string {
  const on = Object.entries(capabilities).filter(([, enabled]) => enabled);
  return on.map(([name]) => name).join(', ') || 'none beyond the basics';
}

function quoted(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : `"${folder}"`;
}
