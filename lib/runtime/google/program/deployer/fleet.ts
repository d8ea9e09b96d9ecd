/** What models run on. */
import type { Variant } from '../../../../deployer/model';
import type { DeploymentPolicy } from '../../../../deployer/policy';
import type { Deployment, InFlight } from '../../../../deployer/record';
import type { DeployerSettings, GooglePolicy, GoogleServing } from '../../../google-contract';
import type { DeployedModel, Endpoint, MachineSpec, Replicas } from '../vertex';
import { modelResource } from './candidate';

/** Metric that scaling follows: requests per machine and minute. */
const REQUESTS = 'aiplatform.googleapis.com/prediction/online/request_count';

/** Fewest and most machines by the policy; of the fewest at least so many as are needed now. */
export function replicasOf({ scaling }: Pick<DeploymentPolicy, 'scaling'>, needed = 0): Required<Replicas> {
  const { minInstances, maxInstances, invocationsPerInstance } = scaling ?? FIXED;
  const minReplicaCount = Math.max(1, minInstances, Math.min(needed, maxInstances));
  const maxReplicaCount = Math.max(minReplicaCount, maxInstances);
  const specs = [{ metricName: REQUESTS, target: Math.round(invocationsPerInstance) }];
  return { minReplicaCount, maxReplicaCount, autoscalingMetricSpecs: minInstances < maxInstances ? specs : [] };
}

const FIXED = { minInstances: 1, maxInstances: 1, invocationsPerInstance: 1 };

/** Whether a deployed model scales already as it should. */
export function scalesBy({ dedicatedResources = {} }: DeployedModel, wanted: Required<Replicas>): boolean {
  const { minReplicaCount, maxReplicaCount = minReplicaCount, autoscalingMetricSpecs = [] } = dedicatedResources;
  const texts = [autoscalingMetricSpecs, wanted.autoscalingMetricSpecs].map((specs) =>
    specs.map(({ metricName, target }) => `${metricName} ${target}`).join(),
  );
  const same = minReplicaCount === wanted.minReplicaCount && maxReplicaCount === wanted.maxReplicaCount;
  return same && texts[0] === texts[1];
}

/** Machines that answer now on the model with the most: a new fleet must not be smaller than the traffic. */
function standing({ deployedModels = [] }: Endpoint): number {
  const counts = deployedModels.map(
    ({ status, dedicatedResources }) => status?.availableReplicaCount ?? dedicatedResources?.minReplicaCount ?? 0,
  );
  return Math.max(0, ...counts);
}

/** A machine, with its accelerators. */
export function machineOf({ machineType, accelerator }: GoogleServing): MachineSpec {
  const { type: acceleratorType, count: acceleratorCount } = accelerator ?? {};
  return { machineType, ...(accelerator && { acceleratorType, acceleratorCount }) };
}

/** A model as it is deployed. */
export function deployedModel(
  settings: DeployerSettings,
  step: InFlight,
  variant: Variant,
  endpoint: Endpoint,
): object {
  const policy = step.policy as GooglePolicy;
  const deployment: Deployment = step.deployment!;
  const { autoscalingMetricSpecs, ...counts } = replicasOf(policy, standing(endpoint));
  return {
    id: variant.modelName,
    displayName: deployment.configName,
    model: modelResource(settings, deployment, variant),
    serviceAccount: policy.serving.serviceAccount,
    dedicatedResources: {
      machineSpec: machineOf(policy.serving),
      ...counts,
      ...(autoscalingMetricSpecs.length > 0 && { autoscalingMetricSpecs }),
    },
  };
}
