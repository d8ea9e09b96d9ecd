import path from 'node:path';
import type { App } from 'aws-cdk-lib/core';
import type { Templates } from '../../lib/aws/diff/template';
import type { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import type { ResolvedConfig } from '../../lib/config/schema';
import { InputError } from '../command';
import type { PlacedResource } from '../parts';
import type { Comparer, Synthesis, SynthesisOptions } from './synthesis';

/** Construct and asset paths in templates, as the cdk command line asks for them: comparisons read them. */
const METADATA = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

/** A cloud assembly with one environment-agnostic stack. */
export async function synthesize(
  config: ResolvedConfig,
  directory: string,
  options: SynthesisOptions = {},
): Promise<Synthesis & { readonly templates: Templates }> {
  const { App } = await loadCdk();
  const { plan } = await import('../../lib/plan/plan.js');
  const { readAssembly } = await import('../../lib/aws/diff/assembly.js');
  const app = new App({
    outdir: path.resolve(directory), // CDK remembers staged assets by it: two folders may be called `cdk.out`
    // Neither a metadata resource nor stack traces: the assembly depends on the config only.
    analyticsReporting: false,
    stackTraces: false,
    builtinCloudFormationValidation: options.validation,
    context: METADATA,
  });
  const pipeline = await addStack(app, config);
  app.synth();
  const templates = readAssembly(directory);
  return { plan: plan(config), notes: pipeline.notes, directory, resources: placed(templates), templates };
}

/** The CDK, which users of Google Cloud alone have not installed. */
async function loadCdk(): Promise<typeof import('aws-cdk-lib/core')> {
  try {
    return await import('aws-cdk-lib/core');
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new InputError([
      'AWS needs aws-cdk-lib, which is not installed; run: npm install aws-cdk-lib constructs (or choose the other cloud: --cloud google)',
    ]);
  }
}

/** Adds a config's stack to an app. */
export async function addStack(app: App, config: ResolvedConfig): Promise<MlopsPipeline> {
  const { Stack } = await import('aws-cdk-lib/core');
  const { MlopsPipeline } = await import('../../lib/aws/mlops-pipeline.js');
  const stack = new Stack(app, config.name, { description: `MLOps pipeline of ${config.name}` });
  return new MlopsPipeline(stack, 'Pipeline', { config });
}

function placed(templates: Templates): PlacedResource[] {
  return Object.values(templates).flatMap(({ Resources = {} }) =>
    Object.entries(Resources).map(([id, resource]) => ({
      id,
      type: resource.Type,
      constructPath: resource.Metadata?.['aws:cdk:path'],
    })),
  );
}

/** Reads and compares cloud assemblies. */
export async function comparer(): Promise<Comparer<Templates>> {
  const { isAssembly, readAssembly } = await import('../../lib/aws/diff/assembly.js');
  const { immutableFieldChanges } = await import('../../lib/aws/diff/immutable-fields.js');
  const { diffTemplates, refusals } = await import('../../lib/aws/template-diff.js');
  return {
    isAssembly,
    readAssembly,
    synthesized: async (config, directory) => (await synthesize(config, directory, { validation: false })).templates,
    changes: diffTemplates,
    refusals,
    immutableFieldChanges,
  };
}
