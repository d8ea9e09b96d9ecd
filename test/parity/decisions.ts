/** What is decided under a cloud's documents: both runtimes hand them to the same functions. */
import { decide } from '../../lib/deployer/decide';
import { filed } from '../../lib/deployer/decide-requests';
import type { DeploymentPolicy } from '../../lib/deployer/policy';
import { adjustableOf } from '../../lib/deployer/policy';
import type { Champion, DeploymentRecord } from '../../lib/deployer/record';
import { emptyRecord } from '../../lib/deployer/record';
import type { World } from '../../lib/deployer/world';
import { emptyMonitorRecord } from '../../lib/monitoring/record';
import type { MonitorRecord } from '../../lib/monitoring/record';
import { decideRetraining } from '../../lib/monitoring/retraining';
import type { MonitorRules } from '../../lib/runtime/drift-contract';

const NOW = '2026-11-25T12:00:00.000Z';

/** The policy of a cloud, served with the same. */
type Policy = Omit<DeploymentPolicy, 'serving'>;

/** A version serves. */
function serving(policy: Policy): DeploymentRecord {
  const champion: Champion = {
    id: 'one',
    configName: 'one',
    variants: [{ slot: 'a', model: { version: 'model/7', number: 7 }, modelName: 'model-7' }],
    serving: '{}',
    createdAt: '2026-11-20T12:00:00.000Z',
    slot: 'a',
    servingSince: '2026-11-20T12:30:00.000Z',
  };
  const whole: DeploymentPolicy = { ...policy, serving: {} };
  return { ...emptyRecord('m'), policy: whole, adjusted: adjustableOf(whole), champion };
}

const versions = (...numbers: number[]) => numbers.map((number) => ({ version: `model/${number}`, number }));
const endpoint = { state: 'serving', configName: 'one' } as const;

/** What the deployer may find. */
const WORLDS: Readonly<Record<string, World>> = {
  nothing: { now: NOW, endpoint, approved: versions(7) },
  'a newer version': { now: NOW, endpoint, approved: versions(8, 7) },
  'a newer version, and the cloud at work': { now: NOW, endpoint: { state: 'moving' }, approved: versions(8, 7) },
  'another model': { now: NOW, endpoint: { state: 'serving', configName: 'other' }, approved: versions(8, 7) },
};

/** The step that comes next in each world, without and with a policy that waits. */
export function deployments(policy: Policy, waiting: Policy): Record<string, unknown> {
  const owner = { stack: 's', resource: 'r' };
  const wanted: DeploymentPolicy = { ...waiting, serving: {} };
  const request = {
    kind: 'policy',
    id: 'p',
    at: NOW,
    by: 'infrastructure',
    policy: wanted,
    owner,
    create: false,
  } as const;
  const before = { ...serving(policy), owner };
  const found = Object.entries(WORLDS).flatMap(([name, world]) => [
    [name, decide(before, world)] as const,
    [`${name}, and a policy`, decide(filed(before, request, NOW), world)] as const,
  ]);
  return Object.fromEntries(
    found.map(([name, { next, step, record }]) => [name, { next, step, policy: record.policy }]),
  );
}

/** What comes of a drift that lasts, by how long ago the last training was and how much data is new. */
export function retrainings({ retraining }: Pick<MonitorRules, 'retraining'>): Record<string, string> {
  if (!retraining) return {};
  const ago = (hours: number) => new Date(Date.parse(NOW) - hours * 3_600_000).toISOString();
  const after = (hours: number): MonitorRecord => ({
    ...emptyMonitorRecord('m'),
    state: 'drift',
    retrainings: [{ token: 't', at: ago(hours), cause: 'schedule', why: 'drift', execution: 'e' }],
  });
  const cases = [1, 30, 80, 200].flatMap((hours) => [100, 20_000].map((count) => [hours, count] as const));
  return Object.fromEntries(
    cases.map(([hours, count]) => [
      `${hours} hours after the last, ${count} rows`,
      decideRetraining({
        ...{ record: after(hours), now: NOW, by: 'drift', cause: 'schedule', why: 'drift', rules: retraining },
        world: { running: [], newSamples: { count, how: 'by the manifest' } },
      }).why,
    ]),
  );
}
