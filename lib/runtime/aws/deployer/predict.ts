/** Batch prediction with the champion. */
import {
  CreateTransformJobCommand,
  DescribeTransformJobCommand,
  StopTransformJobCommand,
} from '@aws-sdk/client-sagemaker';
import type { CreateTransformJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { DeploymentRecord } from '../../../deployer/record';
import { modelLabel } from '../../../deployer/model';
import { championModel, withDecision } from '../../../deployer/record';
import { after } from '../../../deployer/world';
import type { AwsPolicy, DeployerEvent, PredictionJob, Settled } from '../../contract';
import { tagsOf } from './candidate';
import type { Cloud } from './cloud';
import { now } from './cloud';
import { DeploymentFailure } from './errors';
import { ifAny, unlessThere } from '../service-errors';
import { deploymentId } from './names';
import { errorText, subjectOf } from './settle-step';

/** A prediction that takes longer is stopped. */
const LONGEST_MINUTES = 24 * 60;

/** Starts a batch prediction. The job is named by the execution and its start: a repeated call finds it. */
export async function predict(cloud: Cloud, event: DeployerEvent): Promise<PredictionJob> {
  const { endpoint, execution, input, startedAt } = event;
  const record = await cloud.store.read(endpoint);
  const request = jobRequest(record, `${endpoint}-${deploymentId(startedAt!, execution)}`);
  await unlessThere(cloud.sagemaker.send(new CreateTransformJobCommand(request)));
  return {
    name: request.TransformJobName!,
    waitSeconds: input?.pollSeconds ?? 60,
    deadline: after(now(), LONGEST_MINUTES),
  };
}

function jobRequest(record: DeploymentRecord, name: string): CreateTransformJobCommandInput {
  const policy = record.policy as AwsPolicy | undefined;
  const model = championModel(record);
  if (!policy?.serving.batch) throw new DeploymentFailure(`${record.endpoint} is not in batch mode`);
  if (!model)
    throw new DeploymentFailure(
      `no model is deployed to ${record.endpoint}; approve a version, or run cdk-mlops deploy`,
    );
  const { batch, instanceType, encryptVolume, encryptionKeyArn, capture } = policy.serving;
  return {
    TransformJobName: name,
    ModelName: model.modelName,
    BatchStrategy: 'MultiRecord',
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: batch.input } },
      ContentType: batch.contentType,
      SplitType: 'Line',
    },
    TransformOutput: {
      S3OutputPath: `${batch.output.replace(/\/$/, '')}/${name}`,
      Accept: batch.contentType,
      AssembleWith: 'Line',
      KmsKeyId: encryptionKeyArn,
    },
    TransformResources: {
      InstanceType: instanceType as 'ml.m5.large',
      InstanceCount: 1,
      ...(encryptVolume && { VolumeKmsKeyId: encryptionKeyArn }),
    },
    ...(capture && {
      DataCaptureConfig: {
        DestinationS3Uri: `${capture.location}/${record.champion!.id}`,
        KmsKeyId: encryptionKeyArn,
        GenerateInferenceId: true,
      },
    }),
    Tags: tagsOf(policy, record.owner),
  };
}

/** Records why a prediction failed, and says what people are to be told. */
export async function settlePrediction(cloud: Cloud, { endpoint, input }: DeployerEvent): Promise<Settled> {
  const reason = input?.job ? await jobFailure(cloud, input.job) : errorText(input!.error!);
  return cloud.store.change(endpoint, (record) => {
    const model = championModel(record);
    const about = {
      at: now(),
      what: 'prediction: failed',
      why: reason,
      ...(model && { model: modelLabel(model.model) }),
    };
    const topicArn = (record.policy as AwsPolicy | undefined)?.topicArn;
    const text = `${about.at} ${about.what}: ${reason}`;
    const message = topicArn === undefined ? {} : { message: { topicArn, subject: subjectOf(endpoint, about), text } };
    return { record: withDecision(record, about), result: { reason, ...message } };
  });
}

async function jobFailure({ sagemaker }: Cloud, { name, deadline }: PredictionJob): Promise<string> {
  const job = await ifAny(sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name })));
  if (job?.TransformJobStatus === 'InProgress' && deadline <= now()) {
    await sagemaker.send(new StopTransformJobCommand({ TransformJobName: name }));
    return `job ${name} was stopped after ${LONGEST_MINUTES / 60} hours`;
  }
  return `job ${name} ${job ? `is ${job.TransformJobStatus}: ${job.FailureReason ?? 'no reason given'}` : 'is gone'}`;
}
