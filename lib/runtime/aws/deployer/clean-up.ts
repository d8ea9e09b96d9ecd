/** Deletes what the deployer made and nothing needs any more. It lists what is there: nothing is missed, whatever happened before. */
import { DeleteAlarmsCommand, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import type { DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointConfigCommand,
  paginateListEndpointConfigs,
  paginateListModels,
} from '@aws-sdk/client-sagemaker';
import type { DeploymentRecord } from '../../../deployer/record';
import { withDecision } from '../../../deployer/record';
import type { DeployerEvent } from '../../contract';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { ifAny, inWords } from '../service-errors';
import { demandLease } from './lease';
import { isOurs } from './names';
import { describeEndpoint, isMoving } from './observe';
import { deregister, scaledSlots, wakeUpAlarm } from './scaling';

/** Alarms that one call deletes. */
const ALARMS_AT_ONCE = 100;

/** What serves, whatever the record says: it is never taken from under the endpoint. */
interface InUse {
  readonly config?: string;
  readonly models: readonly string[];
}

/** Tidies up after a step. People have been told by now, unless they could not be reached. */
export async function cleanUp(
  cloud: Cloud,
  { endpoint, execution, undelivered = false }: DeployerEvent,
): Promise<void> {
  const record = await cloud.store.read(endpoint);
  demandLease(record, execution);
  const seen = await describeEndpoint(cloud.sagemaker, endpoint);
  const atWork = isMoving(seen?.EndpointStatus); // on what cannot be seen from here
  const left = atWork ? LEFT_OVER : await deleteIdle(cloud, record, seen).catch(failedToDelete);
  await cloud.store.change(endpoint, (now) => {
    const untold = undelivered ? now.untold : now.untold.slice(record.untold.length);
    const untidy = left.some || untold.length > 0;
    return { record: withTrouble({ ...now, untold, untidy }, left.trouble), result: undefined };
  });
}

/** Whether something is left over that goes with the next tick, and what stood in the way. */
interface Left {
  readonly some: boolean;
  readonly trouble?: string;
}

const LEFT_OVER: Left = { some: true };

const failedToDelete = (error: unknown): Left => ({ some: true, trouble: inWords(error) });

/** What cannot be deleted is told once; it is tried again with every tick. */
function withTrouble(record: DeploymentRecord, why: string | undefined): DeploymentRecord {
  if (why === undefined) return record;
  const trouble = { at: now(), what: 'cleaning up: failed', why: why.slice(0, 1000) };
  if (record.decisions.some((known) => known.what === trouble.what && known.why === trouble.why)) return record;
  return withDecision({ ...record, untold: [...record.untold, trouble] }, trouble);
}

async function deleteIdle(
  cloud: Cloud,
  record: DeploymentRecord,
  seen: DescribeEndpointCommandOutput | undefined,
): Promise<Left> {
  const inUse = await whatServes(cloud, seen?.EndpointConfigName);
  await deleteFailedEndpoint(cloud, record, seen);
  await deleteConfigs(cloud, record, inUse);
  await deleteModels(cloud, record, inUse);
  await deleteAlarms(cloud, record);
  const idle = (await scaledSlots(cloud, record.endpoint)).filter((slot) => slot !== record.champion?.slot);
  await deregister(cloud, record.endpoint, idle);
  return { some: inUse.config !== undefined && !configsOf(record).includes(inUse.config) };
}

async function whatServes({ sagemaker }: Cloud, config: string | undefined): Promise<InUse> {
  if (config === undefined) return { models: [] };
  const found = await ifAny(sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: config })));
  return { config, models: (found?.ProductionVariants ?? []).map(({ ModelName = '' }) => ModelName) };
}

/** An endpoint whose first model never came into service can only be made anew. */
async function deleteFailedEndpoint(
  { sagemaker }: Cloud,
  { endpoint, champion, inFlight, owner }: DeploymentRecord,
  seen: DescribeEndpointCommandOutput | undefined,
): Promise<void> {
  if (champion || inFlight || !owner) return;
  if (seen?.EndpointStatus !== 'Failed' || !isOurs(endpoint, seen.EndpointConfigName ?? '')) return;
  await ifAny(sagemaker.send(new DeleteEndpointCommand({ EndpointName: endpoint })));
}

function configsOf({ champion, test, inFlight }: DeploymentRecord): (string | undefined)[] {
  return [champion?.configName, test?.deployment.configName, inFlight?.deployment?.configName];
}

async function deleteConfigs({ sagemaker }: Cloud, record: DeploymentRecord, inUse: InUse): Promise<void> {
  const { endpoint } = record;
  const needed = [...configsOf(record), inUse.config];
  for await (const page of paginateListEndpointConfigs({ client: sagemaker }, { NameContains: `${endpoint}-` })) {
    for (const { EndpointConfigName: name = '' } of page.EndpointConfigs ?? []) {
      if (!isOurs(endpoint, name) || needed.includes(name)) continue;
      await ifAny(sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
    }
  }
}

async function deleteModels({ sagemaker }: Cloud, record: DeploymentRecord, inUse: InUse): Promise<void> {
  const { endpoint, champion, previous, test, inFlight } = record;
  const deployments = [champion, test?.deployment, inFlight?.deployment, ...previous];
  const needed = [
    ...inUse.models,
    ...deployments.flatMap((one) => one?.variants.map(({ modelName }) => modelName) ?? []),
  ];
  for await (const page of paginateListModels({ client: sagemaker }, { NameContains: `${endpoint}-` })) {
    for (const { ModelName: name = '' } of page.Models ?? []) {
      if (!isOurs(endpoint, name) || needed.includes(name)) continue;
      await ifAny(sagemaker.send(new DeleteModelCommand({ ModelName: name })));
    }
  }
}

/** Alarms of rollouts that are over, and of idle endpoints that are idle no more. */
async function deleteAlarms({ cloudwatch }: Cloud, record: DeploymentRecord) {
  const { endpoint } = record;
  const AlarmNames: string[] = [];
  for await (const page of paginateDescribeAlarms({ client: cloudwatch }, { AlarmNamePrefix: `${endpoint}-` })) {
    const names = (page.MetricAlarms ?? []).map(({ AlarmName = '' }) => AlarmName);
    AlarmNames.push(...names.filter((name) => isOurs(endpoint, name) && !isNeeded(record, name)));
  }
  for (let start = 0; start < AlarmNames.length; start += ALARMS_AT_ONCE) {
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: AlarmNames.slice(start, start + ALARMS_AT_ONCE) }));
  }
}

function isNeeded({ inFlight, champion, policy }: DeploymentRecord, alarm: string): boolean {
  const candidate = inFlight?.deployment?.configName;
  if (candidate !== undefined && alarm.startsWith(candidate)) return true;
  const idles = policy?.mode === 'asynchronous' && policy.scaling?.minInstances === 0;
  return idles && champion !== undefined && alarm === wakeUpAlarm(champion.configName);
}
