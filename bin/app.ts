import type { ResolvedConfig } from '../lib/config/schema';
import { EXIT } from './command';
import type { Cloud } from './configs';
import { loadConfig } from './configs';
import { problemLines } from './problem-lines';

/** What an app of either engine gives. */
interface Node {
  tryGetContext(key: string): unknown;
}

/**
 * The app that cdk.json and cdktf.json run. Context: `config` names the config files (one, several with commas between, or a list),
 * `level` takes another level than theirs, `stateBucket` keeps Terraform's state.
 */
async function run(): Promise<void> {
  // The command line of CDKTF names its output folder in the environment; the cdk's has a variable of its own.
  if (process.env.CDKTF_OUTDIR === undefined) await awsApp();
  else await googleApp();
}

async function awsApp(): Promise<void> {
  const { App } = await import('aws-cdk-lib/core');
  const { addStack } = await import('./clouds/aws.js');
  const app = new App({ analyticsReporting: false });
  await addStack(app, await configOf(app.node, 'aws'));
  app.synth();
}

async function googleApp(): Promise<void> {
  const { App } = await import('../lib/google/engine.js');
  const { addStack } = await import('./clouds/google.js');
  const app = new App({ stackTraces: false });
  const stateBucket = app.node.tryGetContext('stateBucket') as string | undefined;
  await addStack(app, await configOf(app.node, 'google'), stateBucket);
  app.synth();
}

async function configOf(node: Node, cloud: Cloud): Promise<ResolvedConfig> {
  const config = node.tryGetContext('config') as string | string[] | undefined;
  const level = node.tryGetContext('level') as string | number | undefined;
  const files = (Array.isArray(config) ? config : (config ?? '').split(','))
    .map((file) => file.trim())
    .filter((file) => file !== '');
  if (files.length === 0) {
    throw new Error(
      'context config: missing; name a config file in cdk.json or cdktf.json, or with -c config=mlops.yaml',
    );
  }
  return loadConfig(files, { cloud, level: level === undefined ? undefined : Number(level) });
}

run().catch((error: unknown) => {
  for (const line of problemLines(error)) console.error(line);
  process.exitCode = EXIT.invalid;
});
