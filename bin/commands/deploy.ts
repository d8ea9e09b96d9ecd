import type { ModelRef } from '../../lib/deployer/model';
import type { DeploymentRecord } from '../../lib/deployer/record';
import { modelLabel } from '../../lib/deployer/model';
import type { Arguments, Command } from '../command';
import { MisuseError, RefusedError } from '../command';
import type { Cloud } from '../configs';
import { ASKING, ASKING_USAGE, ask } from '../operations/asking';
import type { Operations } from '../operations/operations';
import { patience } from '../operations/waiting';
import { CONFIG_OR_STACK, connect, whereabouts } from '../operations/whereabouts';
import type { Terminal } from '../terminal';

export const deployCommand: Command = {
  name: 'deploy',
  summary: 'deploy a version of the registry, or a model artifact',
  usage: `CONFIG…|--stack NAME (--version N | --model URI) ${ASKING_USAGE}`,
  description:
    'Asks the deployer to roll out an approved version of the registry, or a model artifact that is no version. A running A/B\n' +
    'test ends for the champion first.',
  arguments: CONFIG_OR_STACK,
  options: {
    version: { type: 'string', value: 'N', help: 'number of an approved version, or its ARN or full name' },
    model: {
      type: 'string',
      value: 'URI',
      help: 'a model artifact instead: s3://BUCKET/KEY, or the folder gs://BUCKET/FOLDER',
    },
    ...ASKING,
  },
  run: deploy,
};

async function deploy(args: Arguments, terminal: Terminal): Promise<number> {
  checkOneModel(args);
  patience(args); // before anything is asked for
  const where = await whereabouts('deploy', args);
  checkForm(args, FORMS[where.cloud]);
  const operations = await connect(where);
  const model = await wanted(args, operations, await operations.record());
  return ask({ kind: 'deploy', model }, operations, args, terminal);
}

/** What models are called, and what of it people type. */
interface Forms {
  readonly version: RegExp;
  readonly versionText: string;
  readonly model: RegExp;
  readonly modelText: string;
}

const FORMS: Readonly<Record<Cloud, Forms>> = {
  aws: {
    version: /^arn:.*:model-package\/[^/]+\/\d+$/,
    versionText: 'the ARN of a version',
    model: /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.*[^/]$/,
    modelText: 'a model artifact such as s3://bucket/model.tar.gz',
  },
  google: {
    version: /^projects\/[^/]+\/locations\/[^/]+\/models\/[^/@]+@\d+$/,
    versionText: 'the full name of a version, projects/PROJECT/locations/REGION/models/ID@7',
    model: /^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]\/(?!.*\.(?:tar\.gz|tgz|zip)$).*[^/]\/?$/,
    modelText: 'the folder of a model artifact such as gs://bucket/model',
  },
};

function checkOneModel({ values: { version, model } }: Arguments): void {
  if ((version === undefined) !== (model === undefined)) return;
  throw new MisuseError('deploy needs either --version N or --model URI');
}

function checkForm({ values }: Arguments, forms: Forms): void {
  const version = values.version as string | undefined;
  const model = values.model as string | undefined;
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version) && !forms.version.test(version)) {
    throw new MisuseError(`--version: got '${version}', allowed: a number such as 7, or ${forms.versionText}`);
  }
  if (model !== undefined && !forms.model.test(model)) {
    throw new MisuseError(`--model: got '${model}', allowed: ${forms.modelText}`);
  }
}

async function wanted({ values }: Arguments, operations: Operations, record: DeploymentRecord): Promise<ModelRef> {
  if (values.model !== undefined) return { uri: (values.model as string).replace(/\/$/, '') };
  const { model, approval, approve } = await operations.version(values.version as string, record);
  if (approval === 'Approved') return model;
  throw new RefusedError(`${modelLabel(model)} is ${approval}, allowed: Approved; approve it with: ${approve}`);
}
