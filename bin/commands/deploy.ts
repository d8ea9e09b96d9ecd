import type { ModelRef } from '../../lib/deployer/model';
import type { DeploymentRecord } from '../../lib/deployer/record';
import { modelLabel } from '../../lib/deployer/model';
import type { Arguments, Command } from '../command';
import { MisuseError, RefusedError } from '../command';
import { ASKING, ASKING_USAGE, ask } from '../operations/asking';
import type { Operations } from '../operations/operations';
import { patience } from '../operations/waiting';
import { CONFIG_OR_STACK, connect } from '../operations/whereabouts';
import type { Terminal } from '../terminal';

export const deployCommand: Command = {
  name: 'deploy',
  summary: 'deploy a version of the registry, or a model artifact',
  usage: `CONFIG…|--stack NAME (--version N | --model URI) ${ASKING_USAGE}`,
  description:
    'Asks the deployer to roll out an approved version of the registry, or a model artifact in S3 that is no version. A running A/B\n' +
    'test ends for the champion first.',
  arguments: CONFIG_OR_STACK,
  options: {
    version: { type: 'string', value: 'N', help: 'number or ARN of an approved version' },
    model: { type: 'string', value: 'URI', help: 'a model artifact instead: s3://BUCKET/KEY' },
    ...ASKING,
  },
  run: deploy,
};

async function deploy(args: Arguments, terminal: Terminal): Promise<number> {
  checkModel(args);
  patience(args); // before anything is asked for
  const operations = await connect('deploy', args);
  const model = await wanted(args, operations, await operations.record());
  return ask({ kind: 'deploy', model }, operations, args, terminal);
}

function checkModel({ values }: Arguments): void {
  const version = values.version as string | undefined;
  const model = values.model as string | undefined;
  if ((version === undefined) === (model === undefined)) {
    throw new MisuseError('deploy needs either --version N or --model URI');
  }
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version) && !/^arn:.*:model-package\/[^/]+\/\d+$/.test(version)) {
    throw new MisuseError(`--version: got '${version}', allowed: a number such as 7, or the ARN of a version`);
  }
  if (model !== undefined && !/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.*[^/]$/.test(model)) {
    throw new MisuseError(`--model: got '${model}', allowed: a model artifact such as s3://bucket/model.tar.gz`);
  }
}

async function wanted({ values }: Arguments, operations: Operations, record: DeploymentRecord): Promise<ModelRef> {
  if (values.model !== undefined) return { uri: values.model as string };
  const { model, approval, approve } = await operations.version(values.version as string, record);
  if (approval === 'Approved') return model;
  throw new RefusedError(`${modelLabel(model)} is ${approval}, allowed: Approved; approve it with: ${approve}`);
}
