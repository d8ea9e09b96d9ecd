/** Vertex AI's endpoints and models, as far as the deployer asks for them. Every answer holds only what is read here. */
import type { GoogleSettings } from '../../google-contract';
import type { HttpRequest, Requesting } from './protocol';
import { ask, bodyOf, demand, ifAny } from './turn';
import { query, urlOf } from './urls';

/** Shares of the requests, in percent, by deployed model; `0` is the model that is being deployed. Together 100. */
export type TrafficSplit = Readonly<Record<string, number>>;

/** Fewest and most machines, and what scaling aims for. */
export interface Replicas {
  readonly minReplicaCount?: number;
  readonly maxReplicaCount?: number;
  readonly autoscalingMetricSpecs?: readonly { readonly metricName: string; readonly target: number }[];
}

/** What a model runs on. */
export interface MachineSpec {
  readonly machineType: string;
  readonly acceleratorType?: string;
  readonly acceleratorCount?: number;
}

/** A model on an endpoint. */
export interface DeployedModel {
  /** At most ten digits, ours to choose. */
  readonly id: string;
  readonly displayName?: string;
  /** The model, without its version. */
  readonly model?: string;
  readonly dedicatedResources?: Replicas & { readonly machineSpec?: MachineSpec };
  /** Machines that answer now. */
  readonly status?: { readonly availableReplicaCount?: number };
}

/** An endpoint with what is deployed on it. */
export interface Endpoint {
  readonly deployedModels?: readonly DeployedModel[];
  readonly trafficSplit?: TrafficSplit;
}

/** A long-running operation. Without `done` it runs. */
export interface Operation {
  readonly name: string;
  readonly done?: boolean;
  /** A code of google.rpc, and words. */
  readonly error?: { readonly code?: number; readonly message?: string };
}

/** A model, or one version of it. */
export interface Model {
  readonly name?: string;
  readonly displayName?: string;
  readonly versionId?: string;
  readonly versionAliases?: readonly string[];
}

/** Address of a resource by its full name, with a query. */
export function vertexUrl(
  settings: GoogleSettings,
  name: string,
  parameters: Parameters<typeof query>[0] = {},
): string {
  return `${urlOf(settings, 'vertex')}/v1/${name}${query(parameters)}`;
}

const REPLICAS = 'minReplicaCount,maxReplicaCount,autoscalingMetricSpecs(metricName,target)';
const ENDPOINT_FIELDS = `trafficSplit,deployedModels(id,displayName,model,dedicatedResources(${REPLICAS}),status/availableReplicaCount)`;
const OPERATION_FIELDS = 'name,done,error(code,message)';

/** The endpoint; nothing where there is none. */
export function* getEndpoint(settings: GoogleSettings, endpoint: string): Requesting<Endpoint | undefined> {
  return yield* ifAny<Endpoint>({ method: 'GET', url: vertexUrl(settings, endpoint, { fields: ENDPOINT_FIELDS }) });
}

/** Whether something is being done to a resource, by whomever. */
export function* isAtWork(settings: GoogleSettings, name: string): Requesting<boolean> {
  const fields = 'operations(done),nextPageToken';
  let pageToken: string | undefined;
  do {
    const url = vertexUrl(settings, `${name}/operations`, { pageSize: '100', pageToken, fields });
    const page = yield* ifAny<{ operations?: Operation[]; nextPageToken?: string }>({ method: 'GET', url });
    if (page?.operations?.some(({ done }) => !done)) return true;
    pageToken = page?.nextPageToken;
  } while (pageToken);
  return false;
}

/** An operation as it is now; nothing where it is not known any more. */
export function* getOperation(settings: GoogleSettings, name: string): Requesting<Operation | undefined> {
  return yield* ifAny<Operation>({ method: 'GET', url: vertexUrl(settings, name, { fields: OPERATION_FIELDS }) });
}

/** What came of a request to change an endpoint: an operation to wait for, or why nothing can be asked for now. */
export interface Asked {
  readonly operation?: Operation;
  readonly busy?: string;
}

/** Errors with which Vertex AI says that it is at work on the endpoint already. */
const BUSY_CODES = ['FAILED_PRECONDITION', 'ABORTED', 'ALREADY_EXISTS'];

function* change(request: HttpRequest): Requesting<Asked> {
  const answer = yield* ask(request);
  const { status, message } = (answer.body as { error?: { status?: string; message?: string } } | null)?.error ?? {};
  const busy = answer.status === 409 || (answer.status === 400 && BUSY_CODES.includes(status ?? ''));
  return busy ? { busy: message ?? 'no reason given' } : { operation: bodyOf<Operation>(request, answer) };
}

function changeEndpoint(settings: GoogleSettings, endpoint: string, method: string, body: object): Requesting<Asked> {
  const url = vertexUrl(settings, `${endpoint}:${method}`, { fields: OPERATION_FIELDS });
  return change({ method: 'POST', url, body });
}

/** Deploys a model. Without a split it gets no requests. */
export function deployModel(
  settings: GoogleSettings,
  endpoint: string,
  deployedModel: object,
  trafficSplit: TrafficSplit | undefined,
): Requesting<Asked> {
  return changeEndpoint(settings, endpoint, 'deployModel', { deployedModel, trafficSplit });
}

/** Takes a model from its endpoint. One that gets requests hands them over by the split, unless it is the last. */
export function undeployModel(
  settings: GoogleSettings,
  endpoint: string,
  deployedModelId: string,
  trafficSplit: TrafficSplit | undefined,
): Requesting<Asked> {
  return changeEndpoint(settings, endpoint, 'undeployModel', { deployedModelId, trafficSplit });
}

/** Changes between how many machines a deployed model scales, and by what. */
export function mutateReplicas(
  settings: GoogleSettings,
  endpoint: string,
  id: string,
  dedicatedResources: Replicas,
): Requesting<Asked> {
  const updateMask = ['minReplicaCount', 'maxReplicaCount', 'autoscalingMetricSpecs']
    .map((field) => `dedicatedResources.${field}`)
    .join(',');
  return changeEndpoint(settings, endpoint, 'mutateDeployedModel', {
    deployedModel: { id, dedicatedResources },
    updateMask,
  });
}

/** Moves the requests. This is done when it is answered. */
export function* moveTraffic(
  settings: GoogleSettings,
  endpoint: string,
  trafficSplit: TrafficSplit,
): Requesting<Asked> {
  const url = vertexUrl(settings, endpoint, { updateMask: 'trafficSplit', fields: 'name' });
  const { busy } = yield* change({ method: 'PATCH', url, body: { trafficSplit } });
  return { busy };
}

/** A model, or a version of it by its number or alias: `…/models/ID@VERSION`. */
export function* getModel(settings: GoogleSettings, name: string): Requesting<Model | undefined> {
  const fields = 'name,displayName,versionId,versionAliases';
  return yield* ifAny<Model>({ method: 'GET', url: vertexUrl(settings, name, { fields }) });
}

/** Where models and jobs are. */
export const parentOf = ({ project, region }: GoogleSettings): string => `projects/${project}/locations/${region}`;

/** Uploads a model that is no version of another. */
export function* uploadModel(settings: GoogleSettings, modelId: string, model: object): Requesting<Asked> {
  const url = vertexUrl(settings, `${parentOf(settings)}/models:upload`, { fields: OPERATION_FIELDS });
  return yield* change({ method: 'POST', url, body: { modelId, model } });
}

/** All models that have a label. */
export function* modelsWithLabel(settings: GoogleSettings, label: string, value: string): Requesting<Model[]> {
  const models: Model[] = [];
  let pageToken: string | undefined;
  do {
    const parameters = { filter: `labels.${label}="${value}"`, pageSize: '100', pageToken };
    const fields = 'models(name,displayName),nextPageToken';
    const url = vertexUrl(settings, `${parentOf(settings)}/models`, { ...parameters, fields });
    const page = yield* demand<{ models?: Model[]; nextPageToken?: string }>({ method: 'GET', url });
    models.push(...(page.models ?? []));
    pageToken = page.nextPageToken;
  } while (pageToken);
  return models;
}

/** Deletes a model; one that is gone already is well, too. */
export function* deleteModel(settings: GoogleSettings, name: string): Requesting<void> {
  yield* ifAny({ method: 'DELETE', url: vertexUrl(settings, name, { fields: 'name' }) });
}

/** Gives an alias to a version, and takes it from the one that had it. */
export function* setAlias(settings: GoogleSettings, version: string, alias: string): Requesting<void> {
  const url = vertexUrl(settings, `${version}:mergeVersionAliases`, { fields: 'name' });
  yield* demand({ method: 'POST', url, body: { versionAliases: [alias] } });
}
