import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ResolvedConfig } from '../../lib/config/schema';
import type { App } from '../../lib/google/engine';
import type { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import type { PlacedResource } from '../parts';
import type { Synthesis, SynthesisOptions } from '../synthesis';

/** Terraform JSON of one stack, for the project and region of the config. */
export async function synthesize(
  config: ResolvedConfig,
  directory: string,
  options: SynthesisOptions = {},
): Promise<Synthesis & { readonly stack: TerraformDocument }> {
  const { plan } = await import('../../lib/plan/plan.js');
  const { App } = await import('../../lib/google/engine.js');
  mkdirSync(directory, { recursive: true });
  const app = new App({ outdir: directory, stackTraces: false });
  const pipeline = await addStack(app, config, options.stateBucket);
  app.synth();
  const stack = readStack(path.join(directory, 'stacks', config.name));
  return { plan: plan(config), notes: pipeline.notes, directory, resources: placed(stack), stack };
}

/** Adds a config's stack to an app. */
export async function addStack(app: App, config: ResolvedConfig, stateBucket?: string): Promise<MlopsPipeline> {
  const { GcsBackend, LocalBackend, TerraformStack } = await import('../../lib/google/engine.js');
  const { GoogleProvider } = await import('../../lib/google/l1/google-resource.js');
  const { MlopsPipeline } = await import('../../lib/google/mlops-pipeline.js');
  const { name } = config;
  const { project, region } = config.google!; // validation: the cloud is google
  const stack = new TerraformStack(app, name);
  // Beside the output, which is made anew: whoever deletes that keeps the state.
  if (stateBucket === undefined) new LocalBackend(stack, { path: `../../../terraform.${name}.tfstate` });
  else new GcsBackend(stack, { bucket: stateBucket, prefix: name });
  new GoogleProvider(stack, 'Google', { project, region });
  return new MlopsPipeline(stack, 'Pipeline', { config });
}

/** The part of Terraform JSON that is read. */
export interface TerraformDocument {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, TerraformResource>>>>;
}

interface TerraformResource {
  readonly '//'?: { readonly metadata?: { readonly path?: string } };
}

/** The Terraform JSON in a stack's folder. */
export function readStack(folder: string): TerraformDocument {
  return JSON.parse(readFileSync(path.join(folder, 'cdk.tf.json'), 'utf8')) as TerraformDocument;
}

function placed({ resource = {} }: TerraformDocument): PlacedResource[] {
  return Object.entries(resource).flatMap(([type, resources]) =>
    Object.entries(resources).map(([id, { '//': comment }]) => ({ id, type, constructPath: comment?.metadata?.path })),
  );
}
