import { mkdirSync } from 'node:fs';
import type { ResolvedConfig } from '../../lib/config/schema';
import type { TerraformStacks } from '../../lib/google/diff/terraform';
import type { App } from '../../lib/google/engine';
import type { MlopsPipeline } from '../../lib/google/mlops-pipeline';
import type { PlacedResource } from '../parts';
import type { Comparer, Synthesis, SynthesisOptions } from './synthesis';

/** Terraform JSON of one stack, for the project and region of the config. */
export async function synthesize(
  config: ResolvedConfig,
  directory: string,
  options: SynthesisOptions = {},
): Promise<Synthesis & { readonly stacks: TerraformStacks }> {
  const { plan } = await import('../../lib/plan/plan.js');
  const { readAssembly } = await import('../../lib/google/diff/assembly.js');
  const { App } = await import('../../lib/google/engine.js');
  mkdirSync(directory, { recursive: true });
  const app = new App({ outdir: directory, stackTraces: false });
  const pipeline = await addStack(app, config, options.stateBucket);
  app.synth();
  const stacks = readAssembly(directory);
  return { plan: plan(config), notes: pipeline.notes, directory, resources: placed(stacks), stacks };
}

/** Adds a config's stack to an app. */
export async function addStack(app: App, config: ResolvedConfig, stateBucket?: string): Promise<MlopsPipeline> {
  const { GcsBackend, LocalBackend, TerraformStack } = await import('../../lib/google/engine.js');
  const { GoogleProvider } = await import('../../lib/google/l1/google-resource.js');
  const { MlopsPipeline } = await import('../../lib/google/mlops-pipeline.js');
  const { name } = config;
  const { project, region } = config.google!; // validation: the cloud is google
  const stack = new TerraformStack(app, name);
  // Each place has a state of its own: environments of one model are often projects.
  if (stateBucket !== undefined) new GcsBackend(stack, { bucket: stateBucket, prefix: `${project}/${region}/${name}` });
  // Beside the output, which is made anew: whoever deletes that keeps the state.
  else new LocalBackend(stack, { path: `../../../terraform.${project}.${region}.${name}.tfstate` });
  new GoogleProvider(stack, 'Google', { project, region });
  return new MlopsPipeline(stack, 'Pipeline', { config });
}

/** Reads and compares synthesized Terraform JSON. */
export async function comparer(): Promise<Comparer<TerraformStacks>> {
  const { isAssembly, readAssembly } = await import('../../lib/google/diff/assembly.js');
  const { immutableFieldChanges } = await import('../../lib/google/diff/immutable-fields.js');
  const { diffStacks, refusals } = await import('../../lib/google/stack-diff.js');
  return {
    isAssembly,
    readAssembly,
    synthesized: async (config, directory) => (await synthesize(config, directory)).stacks,
    changes: diffStacks,
    refusals,
    immutableFieldChanges,
  };
}

function placed(stacks: TerraformStacks): PlacedResource[] {
  return Object.values(stacks).flatMap(({ resource = {} }) =>
    Object.entries(resource).flatMap(([type, blocks]) =>
      Object.entries(blocks).map(([id, block]) => ({ id, type, constructPath: block['//']?.metadata?.path })),
    ),
  );
}
