import type { DeploymentRecord } from '../../lib/deployer/record';
import { emptyRecord, parseRecord } from '../../lib/deployer/record';
import type { DeployerArgument, DeployerSettings, GooglePolicy } from '../../lib/runtime/google-contract';
import { InputError } from '../command';
import type { FoundVersion, GoogleWhereabouts, Operations } from '../operations/operations';
import type { GoogleCalls } from './google-calls';
import { googleCalls } from './google-calls';
import { endText, runs, settingsOf } from './google-executions';
import { monitorsOn } from './google-monitors';

/** An endpoint's deployer, found by the endpoint's name. */
interface Deployer {
  readonly calls: GoogleCalls;
  readonly workflow: string;
  readonly settings: DeployerSettings;
}

/** Finds an endpoint and its deployer. */
export async function googleOperations(where: GoogleWhereabouts): Promise<Operations> {
  const { endpoint } = where;
  const calls = await googleCalls(where);
  const workflow = `${endpoint}-deployer`;
  const settings = await settingsOf<DeployerSettings>(calls, where, workflow, `endpoint ${endpoint}`);
  const deployer = { calls, workflow, settings };
  return {
    endpoint,
    record: () => readRecord(deployer),
    version: (given, record) => findVersion(deployer, given, record),
    ask(request) {
      const argument: DeployerArgument = { cause: 'command line', request };
      return calls.start(workflow, argument);
    },
    async end(execution) {
      const seen = await calls.execution(execution);
      return runs(seen) ? undefined : endText(seen);
    },
    monitors: () => monitorsOn(calls, where),
    unread: (record) => unreadPolicy(deployer, record),
  };
}

const policyObject = ({ folder }: DeployerSettings) => `${folder}policy.json`;
const recordObject = ({ folder }: DeployerSettings) => `${folder}record/record.json`;

/** Terraform writes the policy, and the deployer the record when it has read that. */
async function readRecord({ calls, settings }: Deployer): Promise<DeploymentRecord> {
  const { endpoint, bucket } = settings;
  const text = await calls.object(bucket, recordObject(settings));
  if (text !== undefined) return parseRecord(endpoint, text);
  if ((await calls.generation(bucket, policyObject(settings))) !== undefined) return emptyRecord(endpoint);
  throw new InputError([
    `there is neither a policy nor a deployment record of ${endpoint} in gs://${bucket}/${settings.folder}; apply its stack first, which writes a policy`,
  ]);
}

/** The deployer reads policies by itself, some time after Terraform wrote them. */
async function unreadPolicy({ calls, settings }: Deployer, record: DeploymentRecord): Promise<string | undefined> {
  const generation = await calls.generation(settings.bucket, policyObject(settings));
  if (generation === undefined) return record.owner && 'the policy is gone: the deployer takes the models away';
  return generation === record.policySeen ? undefined : 'the deployer reads the policy that was applied last';
}

/** A version, which is of the endpoint's own model: numbers of another would mean other models. */
async function findVersion(
  { calls, settings }: Deployer,
  given: string,
  record: DeploymentRecord,
): Promise<FoundVersion> {
  const model = await modelOf({ calls, settings }, record);
  const number = /^\d+$/.test(given) ? given : given.slice(model.length + 1);
  const version = `${model}@${number}`;
  if (given !== number && given !== version) {
    throw new InputError([
      `--version: got ${given}, allowed: a version of ${settings.endpoint}'s own model, ${model}@N; an artifact of another goes with --model`,
    ]);
  }
  const found = await calls.modelVersion(version);
  if (!found) {
    const where = `--region ${settings.region} --project ${settings.project}`;
    throw new InputError([
      `version ${number} does not exist of model ${model}; see: gcloud ai models list-version ${model.split('/').at(-1)} ${where}`,
    ]);
  }
  const approved = found.versionAliases?.includes('approved') || wasDeployed(version, record);
  return {
    model: { version, number: Number(number) },
    approval: approved ? 'Approved' : 'not approved',
    approve: approveCommand(version, settings),
  };
}

/** Of the policy that was applied last; it may not have been read yet. */
async function modelOf({ calls, settings }: Pick<Deployer, 'calls' | 'settings'>, record: DeploymentRecord) {
  const text = await calls.object(settings.bucket, policyObject(settings));
  const policy = (text === undefined ? record.policy : JSON.parse(text)) as GooglePolicy | undefined;
  if (policy) return policy.model;
  throw new InputError([`endpoint ${settings.endpoint} has no policy; apply its stack first`]);
}

/** The alias stands at one version only: those before it have lost it, but were approved when they were deployed. */
function wasDeployed(version: string, { champion, previous, refused, test }: DeploymentRecord): boolean {
  const deployments = [champion, test?.deployment, ...previous].filter((one) => one !== undefined);
  const known = deployments.flatMap(({ variants }) => variants.map(({ model }) => model.version));
  return known.includes(version) || version in refused;
}

/** gcloud has no command for aliases. */
function approveCommand(version: string, { region }: DeployerSettings): string {
  const headers = `-H "Authorization: Bearer $(gcloud auth print-access-token)" -H 'Content-Type: application/json'`;
  const url = `https://${region}-aiplatform.googleapis.com/v1/${version}:mergeVersionAliases`;
  return `curl --fail -X POST ${headers} -d '{"versionAliases": ["approved"]}' ${url}`;
}
