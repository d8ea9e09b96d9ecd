import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import type { DeploymentRecord, InFlight } from '../../../deployer/record';
import { after } from '../../../deployer/world';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { DeploymentFailure } from './errors';
import { ifAny } from '../service-errors';

/** A backstop only: a lease is free as soon as its execution is gone. Longer than an execution can last. */
const LEASE_MINUTES = 27 * 60;

/** Takes the lease, unless an execution that is running has it. */
export async function takeLease(cloud: Cloud, endpoint: string, execution: string): Promise<boolean> {
  const { lease } = await cloud.store.read(endpoint);
  const free =
    !lease || lease.execution === execution || lease.expiresAt < now() || !(await isRunning(cloud, lease.execution));
  if (!free) return false;
  return cloud.store.change(endpoint, (record) => {
    const taken = record.lease && record.lease.execution !== lease?.execution && record.lease.execution !== execution;
    if (taken) return { record, result: false }; // another was faster
    return { record: { ...record, lease: { execution, expiresAt: after(now(), LEASE_MINUTES) } }, result: true };
  });
}

async function isRunning({ states }: Cloud, execution: string): Promise<boolean> {
  const found = await ifAny(states.send(new DescribeExecutionCommand({ executionArn: execution })));
  return found?.status === 'RUNNING';
}

/** Refuses to work for an execution that does not have the lease: it was taken for dead, and another has gone on. */
export function demandLease({ lease, endpoint }: DeploymentRecord, execution: string): void {
  if (lease?.execution === execution) return;
  throw new DeploymentFailure(`this execution lost its lease on ${endpoint}; another one goes on`);
}

/** The step in flight, for the execution that has the lease. */
export async function stepInFlight(
  cloud: Cloud,
  endpoint: string,
  execution: string,
): Promise<{ record: DeploymentRecord; step: InFlight }> {
  const record = await cloud.store.read(endpoint);
  demandLease(record, execution);
  if (!record.inFlight) throw new DeploymentFailure(`no step is in flight on ${endpoint}`);
  return { record, step: record.inFlight };
}
