import type { ResolvedConfig } from '../lib/config/schema';
import type { Synthesis, SynthesisOptions } from './clouds/synthesis';
import type { Cloud } from './configs';

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
