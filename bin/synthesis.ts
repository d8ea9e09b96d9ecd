import type { ResolvedConfig } from '../lib/config/schema';
import type { Plan } from '../lib/plan/plan';
import type { Cloud } from './configs';
import type { PlacedResource } from './parts';

/** A config as templates of a cloud. */
export interface Synthesis {
  readonly plan: Plan;
  /** What the config asks for and does not get, as sentences. */
  readonly notes: readonly string[];
  /** Folder of what was written. */
  readonly directory: string;
  /** All resources, of nested stacks too. */
  readonly resources: readonly PlacedResource[];
}

/** How a config is synthesized. */
export interface SynthesisOptions {
  /**
   * Let the CDK check the templates against the resource schemas. It takes several times as long as the synthesis itself.
   * @default true
   */
  readonly validation?: boolean;

  /**
   * Bucket that keeps Terraform's state.
   * @default - a file beside the output, for a first look
   */
  readonly stateBucket?: string;
}

/** Where each cloud's output goes unless said otherwise, and how it is deployed from there. */
export const OUTPUT: Readonly<Record<Cloud, { folder: string; deploy(folder: string, stack: string): string }>> = {
  aws: { folder: 'cdk.out', deploy: (folder) => `npx cdk deploy --app ${folder}` },
  google: {
    folder: 'cdktf.out',
    deploy: (folder, stack) => {
      const inStack = `terraform -chdir=${folder}/stacks/${stack}`;
      return `${inStack} init && ${inStack} apply`;
    },
  },
};

/** Synthesizes one stack, named like the config, into a folder. Only the cloud that is asked for is loaded. */
export async function synthesize(
  cloud: Cloud,
  config: ResolvedConfig,
  directory: string,
  options: SynthesisOptions = {},
): Promise<Synthesis> {
  const { synthesize } = cloud === 'aws' ? await import('./clouds/aws.js') : await import('./clouds/google.js');
  return synthesize(config, directory, options);
}
