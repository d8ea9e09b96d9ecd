import type { TrainingPlan } from '../../plan/training-plan';
import { takesVolumeKey } from '../instance-types';
import type { Reference, Step, Value } from './pipeline-definition';
import { executionId, join, stepOutput, parameter, processingOutput, stepProperty } from './pipeline-definition';
import type { StepResources } from './resources';
import { JOB_RETRY, SERVICE_RETRY } from './retries';
import { TRAINING_PROGRAM } from './source';

const PROCESSING = '/opt/ml/processing';
const INPUT = `${PROCESSING}/input`;
const OUTPUT = `${PROCESSING}/output`;

/** Unpacks the source and runs one script of it, which the shell gets as its argument zero. At most 256 characters. */
const RUN_SCRIPT =
  `set -eu; mkdir -p /opt/ml/code; cd /opt/ml/code; tar -xzf ${INPUT}/code/*.tgz; ` +
  'if [ -f requirements.txt ]; then python3 -m pip install -r requirements.txt; fi; exec python3 "$0"';

/** In a step's environment the data version makes the cache honest: same location, other files, no hit. */
const DATA_VERSION = { DATA_MANIFEST_SHA256: stepOutput('DataManifest', 'manifestSha256') };

export function preprocess(plan: TrainingPlan, resources: StepResources): Step {
  const { data } = resources;
  return processingStep(plan, resources, {
    name: 'Preprocess',
    script: plan.preprocess!,
    inputs: {
      train: parameter('TrainingData'),
      ...(data.validation && { validation: parameter('ValidationData') }),
      ...(data.test && { test: parameter('TestData') }),
    },
    outputs: ['train', 'validation', 'test'],
  });
}

export function evaluate(plan: TrainingPlan, resources: StepResources): Step {
  const unprepared = parameter(resources.data.test ? 'TestData' : 'ValidationData');
  return {
    ...processingStep(plan, resources, {
      name: 'Evaluate',
      script: plan.evaluate,
      inputs: {
        model: stepProperty('Train', 'ModelArtifacts.S3ModelArtifacts'),
        test: plan.preprocess ? processingOutput('Preprocess', 'test') : unprepared,
      },
      outputs: ['evaluation'],
    }),
    PropertyFiles: [{ PropertyFileName: 'Evaluation', OutputName: 'evaluation', FilePath: 'evaluation.json' }],
  };
}

interface ProcessingStepOptions {
  readonly name: string;
  readonly script: string;
  readonly inputs: Readonly<Record<string, Reference>>;
  readonly outputs: readonly string[];
}

function processingStep(plan: TrainingPlan, resources: StepResources, step: ProcessingStepOptions): Step {
  const { encryptionKeyArn, processingInstanceType, networkIsolation, vpc } = resources;
  return {
    Name: step.name,
    Type: 'Processing',
    Arguments: {
      ProcessingResources: {
        ClusterConfig: {
          InstanceType: processingInstanceType,
          InstanceCount: 1,
          VolumeSizeInGB: plan.volumeGb,
          ...(takesVolumeKey(processingInstanceType) && { VolumeKmsKeyId: encryptionKeyArn }),
        },
      },
      AppSpecification: {
        ImageUri: resources.trainingImage,
        ContainerEntrypoint: ['/bin/bash', '-c', RUN_SCRIPT],
        ContainerArguments: [step.script],
      },
      RoleArn: resources.jobRoleArn,
      ProcessingInputs: [
        processingInput('code', resources.source.uri),
        ...Object.entries(step.inputs).map(([name, uri]) => processingInput(name, uri)),
      ],
      ProcessingOutputConfig: {
        Outputs: step.outputs.map((name) => processingOutputTo(resources.output, step.name.toLowerCase(), name)),
        KmsKeyId: encryptionKeyArn,
      },
      Environment: { MLOPS_INPUT_DIR: INPUT, MLOPS_OUTPUT_DIR: OUTPUT, ...DATA_VERSION },
      NetworkConfig: {
        EnableNetworkIsolation: networkIsolation,
        EnableInterContainerTrafficEncryption: true,
        ...(vpc && { VpcConfig: vpc }),
      },
      StoppingCondition: { MaxRuntimeInSeconds: plan.maxRuntimeMinutes * 60 },
    },
    ...cacheConfig(plan),
    RetryPolicies: [SERVICE_RETRY, JOB_RETRY],
  };
}

function processingInput(name: string, uri: Value): object {
  return {
    InputName: name,
    AppManaged: false,
    S3Input: {
      S3Uri: uri,
      LocalPath: `${INPUT}/${name}`,
      S3DataType: 'S3Prefix',
      S3InputMode: 'File',
      S3DataDistributionType: 'FullyReplicated',
      S3CompressionType: 'None',
    },
  };
}

function processingOutputTo(output: string, folder: string, name: string): object {
  return {
    OutputName: name,
    AppManaged: false,
    S3Output: {
      S3Uri: join('/', output, executionId, folder, name),
      LocalPath: `${OUTPUT}/${name}`,
      S3UploadMode: 'EndOfJob',
    },
  };
}

export function train(plan: TrainingPlan, resources: StepResources): Step {
  const { encryptionKeyArn, trainingInstanceType, source, networkIsolation, vpc } = resources;
  const seconds = plan.maxRuntimeMinutes * 60;
  return {
    Name: 'Train',
    Type: 'Training',
    Arguments: {
      AlgorithmSpecification: { TrainingInputMode: 'File', TrainingImage: resources.trainingImage },
      OutputDataConfig: {
        S3OutputPath: join('/', resources.output, executionId, 'train'),
        KmsKeyId: encryptionKeyArn,
      },
      // On spare capacity, finding machines may take as long again as the training itself.
      StoppingCondition: { MaxRuntimeInSeconds: seconds, ...(plan.spot && { MaxWaitTimeInSeconds: 2 * seconds }) },
      ResourceConfig: {
        InstanceType: trainingInstanceType,
        InstanceCount: 1,
        VolumeSizeInGB: plan.volumeGb,
        ...(takesVolumeKey(trainingInstanceType) && { VolumeKmsKeyId: encryptionKeyArn }),
      },
      RoleArn: resources.jobRoleArn,
      InputDataConfig: trainingChannels(plan, resources),
      HyperParameters: hyperparameters({
        ...plan.hyperparameters,
        sagemaker_program: TRAINING_PROGRAM,
        sagemaker_submit_directory: `/opt/ml/input/data/code/${source.fileName}`,
      }),
      Environment: { MLOPS_TRAINING_SCRIPT: plan.train, ...DATA_VERSION },
      EnableNetworkIsolation: networkIsolation,
      EnableInterContainerTrafficEncryption: true,
      ...(vpc && { VpcConfig: vpc }),
      ...(plan.spot && spotSettings(resources)),
      ProfilerConfig: { DisableProfiler: true },
    },
    // A checkpoint folder of its own for every execution is part of a spot job's cache key: it could never hit.
    ...(plan.spot ? {} : cacheConfig(plan)),
    RetryPolicies: [SERVICE_RETRY, JOB_RETRY],
  };
}

function spotSettings({ output }: StepResources): object {
  return {
    EnableManagedSpotTraining: true,
    CheckpointConfig: {
      S3Uri: join('/', output, executionId, 'checkpoints'),
      LocalPath: '/opt/ml/checkpoints',
    },
  };
}

function trainingChannels(plan: TrainingPlan, { data, source }: StepResources): object[] {
  const prepared = plan.preprocess !== undefined;
  const channels: Record<string, Value> = {
    code: source.uri,
    train: prepared ? processingOutput('Preprocess', 'train') : parameter('TrainingData'),
  };
  if (prepared) channels.validation = processingOutput('Preprocess', 'validation');
  else if (data.validation) channels.validation = parameter('ValidationData');
  return Object.entries(channels).map(([ChannelName, S3Uri]) => ({
    ChannelName,
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri, S3DataDistributionType: 'FullyReplicated' } },
  }));
}

function cacheConfig(plan: TrainingPlan): Pick<Step, 'CacheConfig'> {
  return plan.cacheDays === 0 ? {} : { CacheConfig: { Enabled: true, ExpireAfter: `P${plan.cacheDays}D` } };
}

/** The training toolkit reads every value as JSON. */
function hyperparameters(values: TrainingPlan['hyperparameters']): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]));
}
