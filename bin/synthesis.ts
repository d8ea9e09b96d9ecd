import type { App } from 'aws-cdk-lib/core';
import type { Templates } from '../lib/aws/diff/template';
import type { MlopsPipeline } from '../lib/aws/mlops-pipeline';
import type { ResolvedConfig } from '../lib/config/schema';
import type { Plan } from '../lib/plan/plan';

/** A config as a cloud assembly. */
export interface Synthesis {
  readonly plan: Plan;
  /** What the config asks for and does not get, as sentences. */
  readonly notes: readonly string[];
  /** Folder of the assembly. */
  readonly directory: string;
  /** The templates, nested ones too. */
  readonly templates: Templates;
}

/** Construct and asset paths in templates, as the cdk command line asks for them: comparisons read them. */
const METADATA = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

/** How a config is synthesized. */
export interface SynthesisOptions {
  /**
   * Let the CDK check the templates against the resource schemas. It takes several times as long as the synthesis itself.
   * @default true
   */
  readonly validation?: boolean;
}

/** Synthesizes one environment-agnostic stack, named like the config, into a folder. */
export async function synthesize(
  config: ResolvedConfig,
  directory: string,
  options: SynthesisOptions = {},
): Promise<Synthesis> {
  const { plan } = await import('../lib/plan/plan.js');
  const { readAssembly } = await import('../lib/aws/diff/assembly.js');
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
  return { plan: plan(config), notes: pipeline.notes, directory, templates: readAssembly(directory) };
}

/** Adds a config's stack to an app. */
export async function addStack(app: App, config: ResolvedConfig): Promise<MlopsPipeline> {
  const { Stack } = await import('aws-cdk-lib/core');
  const { MlopsPipeline } = await import('../lib/aws/mlops-pipeline.js');
  const stack = new Stack(app, config.name, { description: `MLOps pipeline of ${config.name}` });
  return new MlopsPipeline(stack, 'Pipeline', { config });
}
