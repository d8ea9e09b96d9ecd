import { App } from 'aws-cdk-lib/core';
import { EXIT } from './command';
import { loadConfig } from './configs';
import { problemLines } from './problem-lines';
import { addStack } from './synthesis';

/**
 * The CDK app that cdk.json runs. Context: `config` names the config files (one, several with commas between, or a list), `level`
 * takes another level than theirs.
 */
async function run(): Promise<void> {
  const app = new App({ analyticsReporting: false });
  const config = app.node.tryGetContext('config') as string | string[] | undefined;
  const level = app.node.tryGetContext('level') as string | number | undefined;
  const files = (Array.isArray(config) ? config : (config ?? '').split(','))
    .map((file) => file.trim())
    .filter((file) => file !== '');
  if (files.length === 0)
    throw new Error('context config: missing; name a config file: npx cdk synth -c config=mlops.yaml');
  await addStack(
    app,
    await loadConfig(files, { cloud: 'aws', level: level === undefined ? undefined : Number(level) }),
  );
  app.synth();
}

run().catch((error: unknown) => {
  for (const line of problemLines(error)) console.error(line);
  process.exitCode = EXIT.invalid;
});
