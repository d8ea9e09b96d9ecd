import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Plan } from '../../lib/plan/plan';
import type { Arguments, Command } from '../command';
import { EXIT, InputError, MisuseError, choice, level } from '../command';
import type { Cloud } from '../configs';
import { loadConfig } from '../configs';
import { countByPart } from '../parts';
import type { Synthesis } from '../clouds/synthesis';
import { OUTPUT, synthesize } from '../synthesize';
import type { Terminal } from '../terminal';
import { columns, painter, writeJson, writeLines } from '../terminal';

export const synthCommand: Command = {
  name: 'synth',
  summary: 'write what a cloud deploys: a cloud assembly for AWS, Terraform JSON for Google Cloud',
  usage: 'CONFIG… [--cloud aws|google] [--level N] [--out DIR] [--state-bucket BUCKET] [--json]',
  description:
    'Writes one stack, named like the config. Needs no network and no account.\n' +
    'AWS: a cloud assembly for any account and region; deploy it with npx cdk deploy --app DIR.\n' +
    'Google Cloud: DIR/stacks/NAME/cdk.tf.json for the project and region of the config; deploy it with terraform apply.',
  arguments: { name: 'a config file', min: 1, max: Infinity },
  options: {
    cloud: { type: 'string', value: 'CLOUD', help: 'the cloud: aws (default) or google' },
    level: { type: 'string', short: 'l', value: 'N', help: 'a level instead of the one in the config: 0, 1 or 2' },
    out: { type: 'string', short: 'o', value: 'DIR', help: 'folder to write (default: cdk.out or cdktf.out)' },
    'state-bucket': {
      type: 'string',
      value: 'BUCKET',
      help: "google: Cloud Storage bucket that keeps Terraform's state (default: a local file)",
    },
    json: { type: 'boolean', help: 'print one JSON document: name, level, capabilities, resources, notes, out' },
  },
  run: synth,
};

async function synth(args: Arguments, terminal: Terminal): Promise<number> {
  const cloud = (choice(args, 'cloud', ['aws', 'google']) ?? 'aws') as Cloud;
  const stateBucket = args.values['state-bucket'] as string | undefined;
  if (stateBucket !== undefined && cloud !== 'google') {
    throw new MisuseError('--state-bucket: CloudFormation keeps its own state; only --cloud google takes a bucket');
  }
  if (stateBucket !== undefined && !/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(stateBucket)) {
    throw new MisuseError(`--state-bucket: got '${stateBucket}', allowed: the name of a bucket, without gs://`);
  }
  const config = await loadConfig(args.positionals, { cloud, level: level(args, 'level') });
  const out = (args.values.out as string | undefined) ?? OUTPUT[cloud].folder;
  const synthesis = await synthesize(cloud, config, outputFolder(out, cloud, config.name), { stateBucket });
  if (args.values.json) writeJson(terminal.stdout, document(synthesis, out));
  else summarize(synthesis, cloud, out, terminal);
  return EXIT.ok;
}

/**
 * A folder to write to. What an earlier synthesis for this cloud wrote goes first: a stale template would look like one of this config.
 * A folder that holds the output of something else is refused.
 */
function outputFolder(directory: string, cloud: Cloud, stack: string): string {
  if (!existsSync(directory)) return directory;
  if (!statSync(directory).isDirectory()) throw new InputError([`--out: got the file ${directory}, allowed: a folder`]);
  for (const file of staleFiles(directory, cloud, stack)) rmSync(file, { recursive: true, force: true });
  return directory;
}

/** Templates of an earlier synthesis, and nothing else: Terraform keeps its providers beside them. */
function staleFiles(directory: string, cloud: Cloud, stack: string): string[] {
  const manifest = path.join(directory, 'manifest.json');
  if (!existsSync(manifest)) return [];
  const { artifacts, stacks } = manifestIn(manifest);
  if (cloud === 'aws' && artifacts !== undefined) {
    return readdirSync(directory)
      .filter((file) => /\.(template|assets)\.json$/.test(file))
      .map((file) => path.join(directory, file));
  }
  const others = Object.keys(stacks ?? {}).filter((name) => name !== stack);
  if (cloud === 'google' && stacks !== undefined && others.length === 0) {
    return ['cdk.tf.json', 'assets'].map((name) => path.join(directory, 'stacks', stack, name));
  }
  const what = others.length > 0 && cloud === 'google' ? `the stack ${others[0]}` : 'the output of something else';
  throw new InputError([
    `--out: ${directory} holds ${what}, allowed: a new or empty folder, or one of this config's own`,
  ]);
}

/** What a manifest lists: artifacts those of the CDK, stacks those of CDKTF. */
function manifestIn(file: string): { artifacts?: object; stacks?: object } {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as object | null) ?? {};
  } catch {
    return {};
  }
}

function document({ plan, notes, resources }: Synthesis, out: string): object {
  const { name, level, capabilities } = plan;
  return { name, level, capabilities, resources: Object.fromEntries(countByPart(resources)), notes, out };
}

function summarize({ plan, notes, resources }: Synthesis, cloud: Cloud, out: string, { stdout, env }: Terminal): void {
  const paint = painter(stdout, env);
  const parts = countByPart(resources);
  const total = parts.reduce((sum, [, count]) => sum + count, 0);
  const rows = [
    ['capabilities', capabilitiesOn(plan)],
    ['resources', `${total}: ${parts.map(([part, count]) => `${part} ${count}`).join(', ')}`],
    ...notes.map((note) => ['note', note]),
    ['written to', `${out} (deploy it with: ${OUTPUT[cloud].deploy(quoted(out), plan.name)})`],
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
