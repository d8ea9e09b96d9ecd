import type { App } from 'aws-cdk-lib/core';
import type { Templates } from '../../lib/aws/diff/template';
import type { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import type { ResolvedConfig } from '../../lib/config/schema';
import type { PlacedResource } from '../parts';
import type { Synthesis, SynthesisOptions } from '../synthesis';

/** Construct and asset paths in templates, as the cdk command line asks for them: comparisons read them. */
const METADATA = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

/** A cloud assembly with one environment-agnostic stack. */
export async function synthesize(
  config: ResolvedConfig,
  directory: string,
  options: SynthesisOptions = {},
): Promise<Synthesis & { readonly templates: Templates }> {
  const { plan } = await import('../../lib/plan/plan.js');
  const { readAssembly } = await import('../../lib/aws/diff/assembly.js');
  const { App } = await import('aws-cdk-lib/core');
  const app = new App({
    outdir: directory,
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
