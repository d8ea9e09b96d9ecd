/** Makes ready what is to be deployed: a version that may be, or a model of an artifact. */
import type { Variant } from '../../../../deployer/model';
import { modelLabel } from '../../../../deployer/model';
import type { Deployment, InFlight } from '../../../../deployer/record';
import type { DeployerSettings, GooglePolicy, GoogleServing } from '../../../google-contract';
import type { Ending, Requesting } from '../protocol';
import { generationOf } from '../storage';
import type { Endpoint } from '../vertex';
import { getModel, getOperation, parentOf, uploadModel } from '../vertex';
import { CandidateFailure, demandSuccess, DeploymentFailure } from './errors';
import { ENDPOINT_LABEL, uploadedModelId } from './names';
import { endpointOf } from './observe';
import type { Carry, Work } from './work';
import { pollSeconds, stepInFlight, to } from './work';

/** Checks versions, uploads artifacts. What stands already is left as it is: the activity may be repeated. */
export function* createCandidate(work: Work, carry: Carry): Requesting<Ending> {
  const { step } = yield* stepInFlight(work);
  const endpoint = yield* endpointOf(work.settings);
  for (const variant of newcomers(step.deployment!, endpoint)) {
    if (variant.model.version !== undefined) yield* checkVersion(work.settings, step, variant);
    else if (!(yield* isUploaded(work, step, variant, carry))) return yield* upload(work, step, variant, carry);
  }
  return to('ask', { turn: carry.turn });
}

/** The models of a deployment that are not on the endpoint yet. */
export function newcomers({ variants }: Deployment, { deployedModels = [] }: Endpoint = {}): Variant[] {
  return variants.filter(({ modelName }) => !deployedModels.some(({ id }) => id === modelName));
}

/** Registry's name of what is deployed: a version, or the model that was uploaded for the deployment. */
export function modelResource(settings: DeployerSettings, { configName }: Deployment, { model }: Variant): string {
  return model.version ?? `${parentOf(settings)}/models/${uploadedModelId(configName)}`;
}

/** What brings a model that has not served: others put one back, or serve it otherwise, and must not be refused. */
const NEW_MODEL: readonly InFlight['purpose'][] = ['deploy', 'test'];

/** Refuses versions that are gone, or, where drift is watched, new ones that nothing could be compared with. */
function* checkVersion(
  settings: DeployerSettings,
  { policy, purpose }: InFlight,
  { model }: Variant,
): Requesting<void> {
  const found = yield* getModel(settings, model.version!);
  if (!found) throw new CandidateFailure(`${modelLabel(model)} is not in the registry any more`);
  const { baselines } = policy as GooglePolicy;
  if (!policy.requireBaseline || baselines === undefined || !NEW_MODEL.includes(purpose)) return;
  if (yield* generationOf(settings, placeOf(`${baselines}${model.version!.replace(/^.*@/, '')}.json`))) return;
  throw new CandidateFailure(
    `${modelLabel(model)} has no baseline, so its drift could not be told; train it again, or switch driftMonitoring off`,
  );
}

function placeOf(uri: string): { bucket: string; name: string } {
  const [, bucket, name] = /^gs:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  return { bucket, name };
}

function* isUploaded({ settings }: Work, step: InFlight, variant: Variant, { operation }: Carry): Requesting<boolean> {
  if (operation !== undefined) demandSuccess((yield* getOperation(settings, operation)) ?? { name: operation });
  return (yield* getModel(settings, modelResource(settings, step.deployment!, variant))) !== undefined;
}

/** Asks for the upload, once, and comes again. */
function* upload(work: Work, step: InFlight, variant: Variant, { turn, operation }: Carry): Requesting<Ending> {
  if (step.deadline <= work.now)
    throw new DeploymentFailure(`${modelLabel(variant.model)} could not be uploaded in time`);
  const { configName } = step.deployment!;
  const model = uploaded(work.settings, step, variant);
  const asked = operation ?? (yield* uploadModel(work.settings, uploadedModelId(configName), model)).operation?.name;
  return to('create', { turn, operation: asked }, pollSeconds(work));
}

function uploaded({ endpoint }: DeployerSettings, { policy, deployment }: InFlight, { model }: Variant): object {
  const { serving, tags, encryptionKey } = policy as GooglePolicy;
  if (serving.image === undefined) {
    throw new DeploymentFailure(
      `${modelLabel(model)} needs an image to run in; name training.framework or serving.image in the config, or deploy a version`,
    );
  }
  return {
    displayName: deployment!.configName,
    artifactUri: model.uri,
    containerSpec: containerOf(serving, serving.image),
    labels: { ...tags, [ENDPOINT_LABEL]: endpoint },
    ...(encryptionKey !== undefined && { encryptionSpec: { kmsKeyName: encryptionKey } }),
  };
}

/** Vertex AI's own images have routes of their own. */
const PREBUILT = /^[a-z]+-docker\.pkg\.dev\/vertex-ai(-restricted)?\//;

function containerOf({ environment }: GoogleServing, imageUri: string): object {
  // Vertex expands $(NAME) in values; nothing of that is meant.
  const env = Object.entries(environment).map(([name, value]) => ({ name, value: value.split('$(').join('$$(') }));
  const routes = { healthRoute: '/ping', predictRoute: '/invocations', ports: [{ containerPort: 8080 }] };
  return { imageUri, ...(!PREBUILT.test(imageUri) && routes), ...(env.length > 0 && { env }) };
}
