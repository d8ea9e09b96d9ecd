import type { TrainingPlan } from '../../plan/training-plan';
import type { BaselineMessage } from '../../runtime/drift-contract';
import { containerEnvironment, CONTENT_TYPES } from '../serving-container';
import type { Step, Value } from './pipeline-definition';
import {
  executionArn,
  executionId,
  join,
  jsonGet,
  stepOutput,
  parameter,
  processingOutput,
  stepProperty,
} from './pipeline-definition';
import type { StepResources } from './resources';
import { SERVICE_RETRY } from './retries';

/** Registers a model that reaches the threshold; anything else ends the execution as failed, so that people hear of it. */
export function gate(plan: TrainingPlan, resources: StepResources): Step {
  const { metric, operator } = plan.gate;
  return {
    Name: 'Gate',
    Type: 'Condition',
    Arguments: {
      Conditions: [
        {
          Type: operator === '>=' ? 'GreaterThanOrEqualTo' : 'LessThanOrEqualTo',
          LeftValue: jsonGet('Evaluate', 'Evaluation', `metrics.${metric}.value`),
          RightValue: threshold(plan),
        },
      ],
      IfSteps: [
        ...(resources.baseline ? [baseline(plan, resources, resources.baseline)] : []),
        register(plan, resources),
        ...(resources.approveFunctionArn ? [approve(plan, resources)] : []),
      ],
      ElseSteps: [refuse(plan)],
    },
  };
}

/** A parameter of the execution; but where versions are approved without a person, whoever starts one cannot lower the gate. */
function threshold(plan: TrainingPlan): Value {
  return plan.steps.includes('approve') ? plan.gate.threshold : parameter('EvaluationThreshold');
}

/**
 * Profiles what the model was trained on. A Lambda step ends after ten minutes; this one waits until the analyzer answers the
 * message that it puts into the queue.
 */
function baseline(
  plan: TrainingPlan,
  { output, encryptionKeyArn }: StepResources,
  { queueUrl, rulesUri }: NonNullable<StepResources['baseline']>,
): Step {
  const request: Record<keyof BaselineMessage['arguments'], Value> = {
    rules: rulesUri,
    trainingData: plan.preprocess ? processingOutput('Preprocess', 'train') : parameter('TrainingData'),
    evaluation: processingOutput('Evaluate', 'evaluation'),
    output: join('/', output, executionId, 'baseline'),
    encryptionKeyArn,
  };
  return {
    Name: 'Baseline',
    Type: 'Callback',
    SqsQueueUrl: queueUrl,
    Arguments: request,
    OutputParameters: [{ OutputName: 'baselineUri', OutputType: 'String' }],
  };
}

function register(plan: TrainingPlan, resources: StepResources): Step {
  const evaluationReport = join('/', processingOutput('Evaluate', 'evaluation'), 'evaluation.json');
  return {
    Name: 'Register',
    Type: 'RegisterModel',
    Arguments: {
      ModelPackageGroupName: resources.modelPackageGroupName,
      ModelApprovalStatus: 'PendingManualApproval',
      InferenceSpecification: inferenceSpecification(plan, resources),
      ModelMetrics: {
        ModelQuality: { Statistics: { ContentType: 'application/json', S3Uri: evaluationReport } },
      },
      MetadataProperties: { GeneratedBy: executionArn },
      CustomerMetadataProperties: {
        executionId,
        codeVersion: resources.source.codeVersion,
        dataManifestUri: stepOutput('DataManifest', 'manifestUri'),
        dataManifestSha256: stepOutput('DataManifest', 'manifestSha256'),
        lineageUri: stepOutput('DataManifest', 'lineageUri'),
        ...(resources.baseline && { baselineUri: stepOutput('Baseline', 'baselineUri') }),
      },
    },
    RetryPolicies: [SERVICE_RETRY],
  };
}

function inferenceSpecification(plan: TrainingPlan, resources: StepResources): object {
  const contentType = CONTENT_TYPES[plan.inference.requestFormat];
  return {
    Containers: [
      {
        Image: resources.servingImage,
        ModelDataUrl: stepProperty('Train', 'ModelArtifacts.S3ModelArtifacts'),
        Environment: containerEnvironment(plan.inference),
      },
    ],
    SupportedContentTypes: [contentType],
    SupportedResponseMIMETypes: [contentType],
    SupportedRealtimeInferenceInstanceTypes: [resources.servingInstanceType],
    SupportedTransformInstanceTypes: [resources.servingInstanceType],
  };
}

function approve(plan: TrainingPlan, { approveFunctionArn }: StepResources): Step {
  const { metric, operator } = plan.gate;
  return {
    Name: 'Approve',
    Type: 'Lambda',
    FunctionArn: approveFunctionArn,
    Arguments: {
      modelPackageArn: stepProperty('Register', 'ModelPackageArn'),
      reason: join(' ', `passed the gate: ${metric} ${operator}`, threshold(plan)),
    },
    OutputParameters: [{ OutputName: 'approvalStatus', OutputType: 'String' }],
  };
}

function refuse(plan: TrainingPlan): Step {
  const { metric, operator } = plan.gate;
  return {
    Name: 'Refuse',
    Type: 'Fail',
    Arguments: {
      ErrorMessage: join(' ', `the gate refused the model: ${metric} must be ${operator}`, threshold(plan)),
    },
  };
}
