/** Deletes what the deployer made and nothing needs any more. It lists what is there: nothing is missed, whatever happened before. */
import { DeleteAlarmsCommand, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  paginateListEndpointConfigs,
  paginateListModels,
} from '@aws-sdk/client-sagemaker';
import type { DeploymentRecord } from '../../../deployer/record';
import type { DeployerEvent } from '../../contract';
import type { Cloud } from './cloud';
import { ifAny } from './errors';
import { demandLease } from './lease';
import { isOurs } from './names';
import { describeEndpoint } from './observe';
import { deregister, scaledSlots, wakeUpAlarm } from './scaling';

/** Alarms that one call deletes. */
const ALARMS_AT_ONCE = 100;

/** Tidies up after a step. People have been told by now. */
export async function cleanUp(cloud: Cloud, { endpoint, execution }: DeployerEvent): Promise<void> {
  const record = await cloud.store.read(endpoint);
  demandLease(record, execution);
  await deleteFailedEndpoint(cloud, record);
  await deleteConfigs(cloud, record);
  await deleteModels(cloud, record);
  await deleteAlarms(cloud, record);
  const idle = (await scaledSlots(cloud, endpoint)).filter((slot) => slot !== record.champion?.slot);
  await deregister(cloud, endpoint, idle);
  const told = record.untold.length;
  await cloud.store.change(endpoint, (now) => ({
    record: { ...now, untold: now.untold.slice(told), untidy: false },
    result: undefined,
  }));
}

/** An endpoint whose first model never came into service can only be made anew. */
async function deleteFailedEndpoint({ sagemaker }: Cloud, { endpoint, champion, inFlight, owner }: DeploymentRecord) {
  if (champion || inFlight || !owner) return;
  const seen = await describeEndpoint(sagemaker, endpoint);
  if (seen?.EndpointStatus !== 'Failed' || !isOurs(endpoint, seen.EndpointConfigName ?? '')) return;
  await ifAny(sagemaker.send(new DeleteEndpointCommand({ EndpointName: endpoint })));
}

/** Never the configuration that the endpoint has, whatever the record says. */
async function deleteConfigs({ sagemaker }: Cloud, { endpoint, champion, test, inFlight }: DeploymentRecord) {
  const seen = await describeEndpoint(sagemaker, endpoint);
  const needed = [
    champion?.configName,
    test?.deployment.configName,
    inFlight?.deployment?.configName,
    seen?.EndpointConfigName,
  ];
  for await (const page of paginateListEndpointConfigs({ client: sagemaker }, { NameContains: `${endpoint}-` })) {
    for (const { EndpointConfigName: name = '' } of page.EndpointConfigs ?? []) {
      if (!isOurs(endpoint, name) || needed.includes(name)) continue;
      await ifAny(sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
    }
  }
}

async function deleteModels({ sagemaker }: Cloud, { endpoint, champion, previous, test, inFlight }: DeploymentRecord) {
  const deployments = [champion, test?.deployment, inFlight?.deployment, ...previous];
  const needed = deployments.flatMap((one) => one?.variants.map(({ modelName }) => modelName) ?? []);
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
