/** Makes a candidate: its model, the endpoint's configuration, and the alarms that would roll it back. */
import type { CreateEndpointConfigCommandInput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeModelCommand,
  DescribeModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import type { Owner, Variant } from '../../../deployer/model';
import type { Deployment, InFlight } from '../../../deployer/record';
import { modelLabel } from '../../../deployer/model';
import type { AwsPolicy, DeployerEvent } from '../../contract';
import { createAlarms, hasGuardrails } from './alarms';
import type { Cloud } from './cloud';
import { CandidateFailure, DeploymentFailure } from './errors';
import { ifAny, inWords, unlessThere } from '../service-errors';
import { stepInFlight } from './lease';
import { OWNER_TAGS } from './names';
import { describeEndpoint } from './observe';

/** Tags of what the deployer makes. */
export function tagsOf(policy: AwsPolicy, owner: Owner | undefined): { Key: string; Value: string }[] {
  const own = owner ? { [OWNER_TAGS.stack]: owner.stack, [OWNER_TAGS.resource]: owner.resource } : {};
  return Object.entries({ ...policy.tags, ...own }).map(([Key, Value]) => ({ Key, Value }));
}

/** Creates what is not there yet: the call may be repeated. */
export async function createCandidate(cloud: Cloud, { endpoint, execution }: DeployerEvent): Promise<void> {
  const { record, step } = await stepInFlight(cloud, endpoint, execution);
  const tags = tagsOf(step.policy as AwsPolicy, record.owner);
  const deployment = step.deployment!;
  for (const variant of deployment.variants) await createModel(cloud, step, variant, tags);
  if (step.policy.mode === 'batch') return;
  await createConfig(cloud, endpoint, step, tags);
  if (hasGuardrails(step)) await createAlarms(cloud, endpoint, deployment, step.policy, tags);
}

async function createModel(
  { sagemaker }: Cloud,
  step: InFlight,
  variant: Variant,
  Tags: { Key: string; Value: string }[],
) {
  const { modelName: ModelName, model } = variant;
  if (await ifAny(sagemaker.send(new DescribeModelCommand({ ModelName })))) return;
  const policy = step.policy as AwsPolicy;
  const { serving } = policy;
  if (model.version !== undefined) await checkVersion(sagemaker, step, variant);
  await unlessThere(
    sagemaker.send(
      new CreateModelCommand({
        ModelName,
        ExecutionRoleArn: serving.roleArn,
        PrimaryContainer: { ...source(variant, policy), Environment: serving.environment },
        VpcConfig: serving.vpc,
        EnableNetworkIsolation: serving.networkIsolation,
        Tags,
      }),
    ),
  );
}

/** A version brings its image; for an artifact the policy has one. */
function source({ model }: Variant, { serving }: AwsPolicy) {
  if (model.version !== undefined) return { ModelPackageName: model.version };
  if (serving.image !== undefined) return { Image: serving.image, ModelDataUrl: model.uri };
  throw new DeploymentFailure(
    `${modelLabel(model)} needs an image to run in; name training.framework or serving.image in the config, or deploy a version`,
  );
}

/** What brings a model that has not served: others put one back, or serve it otherwise, and must not be refused. */
const NEW_MODEL: readonly InFlight['purpose'][] = ['deploy', 'test'];

/** Refuses versions that cannot serve, or, where drift is watched, new ones that nothing could be compared with. */
async function checkVersion(sagemaker: Cloud['sagemaker'], { policy, purpose }: InFlight, { model }: Variant) {
  const command = new DescribeModelPackageCommand({ ModelPackageName: model.version });
  const found = await ifAny(sagemaker.send(command));
  if (!found) throw new CandidateFailure(`${modelLabel(model)} is not in the registry any more`);
  if (found.ModelApprovalStatus === 'Rejected') throw new CandidateFailure(`${modelLabel(model)} has been rejected`);
  const baseline =
    found.CustomerMetadataProperties?.baselineUri ?? found.DriftCheckBaselines?.ModelDataQuality?.Statistics;
  if (policy.requireBaseline && !baseline && NEW_MODEL.includes(purpose)) {
    throw new CandidateFailure(
      `${modelLabel(model)} has no baseline, so its drift could not be told; train it again, or switch driftMonitoring off`,
    );
  }
}

async function createConfig(cloud: Cloud, endpoint: string, step: InFlight, Tags: { Key: string; Value: string }[]) {
  const policy = step.policy as AwsPolicy;
  const { serving, mode } = policy;
  const deployment = step.deployment!;
  const count = await initialCount(cloud, endpoint, policy);
  const input: CreateEndpointConfigCommandInput = {
    EndpointConfigName: deployment.configName,
    ProductionVariants: deployment.variants.map((variant) => productionVariant(variant, step, count)),
    ...(mode !== 'serverless' && serving.encryptVolume && { KmsKeyId: serving.encryptionKeyArn }),
    // Asynchronous requests and answers are files already, of serverless ones SageMaker captures nothing.
    ...(mode === 'realtime' && serving.capture && { DataCaptureConfig: capture(serving, deployment) }),
    ...(serving.asynchronous && {
      AsyncInferenceConfig: {
        OutputConfig: {
          S3OutputPath: `${serving.asynchronous.output.replace(/\/$/, '')}/${deployment.id}`,
          KmsKeyId: serving.encryptionKeyArn,
        },
      },
    }),
    Tags,
  };
  try {
    await unlessThere(cloud.sagemaker.send(new CreateEndpointConfigCommand(input)));
  } catch (error) {
    // What is throttled is tried again; what is refused would be refused again.
    if ((error as Error).name !== 'ValidationException') throw error;
    throw new DeploymentFailure(`SageMaker refuses the configuration: ${inWords(error)}`);
  }
}

/** During a test both slots are sized for all of the traffic; the challenger gets none before it stands. */
function productionVariant({ slot, modelName }: Variant, step: InFlight, count: number): ProductionVariant {
  const { serverless, instanceType } = (step.policy as AwsPolicy).serving;
  return {
    VariantName: slot,
    ModelName: modelName,
    InitialVariantWeight: slot === step.slot ? 1 : 0,
    ...(serverless
      ? { ServerlessConfig: { MemorySizeInMB: serverless.memoryMb, MaxConcurrency: serverless.maxConcurrency } }
      : {
          InstanceType: instanceType as ProductionVariant['InstanceType'],
          InitialInstanceCount: count,
        }),
  };
}

/** As many instances as serve now, within the policy's limits: a new fleet must not be smaller than the traffic. */
async function initialCount({ sagemaker }: Cloud, endpoint: string, { scaling }: AwsPolicy): Promise<number> {
  if (!scaling) return 1;
  const { ProductionVariants = [] } = (await describeEndpoint(sagemaker, endpoint)) ?? {};
  const now = Math.max(0, ...ProductionVariants.map(({ DesiredInstanceCount = 0 }) => DesiredInstanceCount));
  return Math.max(1, Math.min(Math.max(now, scaling.minInstances), scaling.maxInstances));
}

/** Requests and answers go below a prefix that names the deployment: whose they are stays known. */
function capture({ capture, encryptionKeyArn }: AwsPolicy['serving'], { id }: Deployment) {
  const { location, percent, contentType } = capture!;
  const csv = contentType === 'text/csv';
  return {
    EnableCapture: true,
    InitialSamplingPercentage: percent,
    DestinationS3Uri: `${location}/${id}`,
    KmsKeyId: encryptionKeyArn,
    CaptureOptions: [{ CaptureMode: 'Input' as const }, { CaptureMode: 'Output' as const }],
    CaptureContentTypeHeader: csv ? { CsvContentTypes: [contentType] } : { JsonContentTypes: [contentType] },
  };
}
