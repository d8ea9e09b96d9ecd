/** Takes away what the deployer made and nothing needs any more. It lists what is there: nothing is missed, whatever happened before. */
import type { Deployment, DeploymentRecord } from '../../../../deployer/record';
import { championModel, withDecision } from '../../../../deployer/record';
import { after } from '../../../../deployer/world';
import type { Ending, Requesting } from '../protocol';
import { inWords } from '../turn';
import type { Endpoint } from '../vertex';
import { deleteModel, getModel, getOperation, isAtWork, modelsWithLabel, setAlias } from '../vertex';
import { demandSuccess } from './errors';
import { ENDPOINT_LABEL, isOurs } from './names';
import { endpointOf } from './observe';
import { undeployOne } from './undeploy';
import type { Carry, Work } from './work';
import { pollSeconds, readLeased, to, write } from './work';

/** What takes longer goes with the next tick. */
const LONGEST_MINUTES = 30;

/** Alias of the version that serves. */
const CHAMPION = 'champion';

/** Whether something is left over that goes with the next tick, what stood in the way, or the operation to wait for first. */
interface Left {
  readonly some: boolean;
  readonly trouble?: string;
  readonly operation?: string;
}

/** Tidies up after a step. People have been told by now. */
export function* cleanUp(work: Work, carry: Carry): Requesting<Ending> {
  const { turn, told = 0, deadline = after(work.now, LONGEST_MINUTES) } = carry;
  const before = yield* readLeased(work);
  const left = yield* tidied(work, before.record, carry);
  if (left.operation !== undefined && deadline > work.now) {
    return to('cleanUp', { turn, told, deadline, operation: left.operation }, pollSeconds(work));
  }
  const untold = before.record.untold.slice(told);
  const untidy = left.some || untold.length > 0;
  yield* write(work, before, withTrouble({ ...before.record, untold, untidy }, left.trouble, work.now));
  return to('claim', { turn: turn + 1 });
}

function* tidied(work: Work, record: DeploymentRecord, { operation }: Carry): Requesting<Left> {
  try {
    return yield* takeAway(work, record, operation);
  } catch (error) {
    return { some: true, trouble: inWords(error) };
  }
}

/** What cannot be taken away is told once; it is tried again with every tick. */
function withTrouble(record: DeploymentRecord, why: string | undefined, at: string): DeploymentRecord {
  if (why === undefined) return record;
  const trouble = { at, what: 'cleaning up: failed', why: why.slice(0, 1000) };
  if (record.decisions.some((known) => known.what === trouble.what && known.why === trouble.why)) return record;
  return withDecision({ ...record, untold: [...record.untold, trouble] }, trouble);
}

function* takeAway(work: Work, record: DeploymentRecord, awaited: string | undefined): Requesting<Left> {
  const { settings } = work;
  if (awaited !== undefined) {
    const operation = yield* getOperation(settings, awaited);
    if (operation && !operation.done) return { some: true, operation: awaited };
    if (operation) demandSuccess(operation);
  }
  const endpoint = yield* endpointOf(settings);
  const idle = idleModels(record, endpoint);
  if (idle.length > 0) return yield* undeploy(work, record, endpoint!, idle);
  yield* deleteUploads(work, record, endpoint);
  yield* markChampion(work, record);
  // What a failed step asked for may still come: it is looked for again.
  return { some: settings.endpointId !== undefined && (yield* isAtWork(settings, settings.endpointId)) };
}

const deploymentsOf = ({ champion, test, inFlight }: DeploymentRecord): Deployment[] =>
  [champion, test?.deployment, inFlight?.deployment].filter((one) => one !== undefined);

/**
 * Our models on the endpoint that the record does not need. A record that knows no champion may have been lost: then only those are
 * idle that it has brought itself, and what else answers requests goes on.
 */
function idleModels(record: DeploymentRecord, { deployedModels = [] }: Endpoint = {}): string[] {
  const needed = deploymentsOf(record).flatMap(({ variants }) => variants.map(({ modelName }) => modelName));
  const brought = record.captures.flatMap(({ names = {} }) => Object.values(names));
  return deployedModels
    .filter(({ id, displayName }) => isOurs(record.endpoint, displayName) && !needed.includes(id))
    .filter(({ id }) => record.champion !== undefined || brought.includes(id))
    .map(({ id }) => id);
}

/** One goes at a time. While Vertex AI is at work on the endpoint the next tick tries again. */
function* undeploy(
  work: Work,
  record: DeploymentRecord,
  endpoint: Endpoint,
  idle: readonly string[],
): Requesting<Left> {
  const champion = championModel(record)?.modelName;
  const staying = (endpoint.deployedModels ?? []).filter(({ id }) => !idle.includes(id));
  const heir = (staying.find(({ id }) => id === champion) ?? staying[0])?.id;
  const { operation } = yield* undeployOne(work, endpoint, idle, heir);
  return { some: true, operation: operation?.name };
}

/** Models that were uploaded for a deployment, and that neither the record nor the endpoint needs. */
function* deleteUploads(
  { settings }: Work,
  record: DeploymentRecord,
  endpoint: Endpoint | undefined,
): Requesting<void> {
  const needed = deploymentsOf(record).map(({ configName }) => configName);
  const deployed = (endpoint?.deployedModels ?? []).map(({ model }) => model);
  for (const { name, displayName } of yield* modelsWithLabel(settings, ENDPOINT_LABEL, settings.endpoint)) {
    const idle = isOurs(settings.endpoint, displayName) && !needed.includes(displayName!);
    if (idle && !deployed.some((model) => sameModel(model, name))) yield* deleteModel(settings, name!);
  }
}

/** Vertex AI answers with the project's id or with its number. Uploaded models have ids of their own. */
function sameModel(a = '', b = ''): boolean {
  return a.replace(/^.*\/|@.*$/g, '') === b.replace(/^.*\/|@.*$/g, '');
}

/** Marks the version that serves, for people and for other systems. */
function* markChampion({ settings }: Work, record: DeploymentRecord): Requesting<void> {
  const version = championModel(record)?.model.version;
  if (version === undefined) return;
  const found = yield* getModel(settings, version);
  if (found && !found.versionAliases?.includes(CHAMPION)) yield* setAlias(settings, version, CHAMPION);
}
