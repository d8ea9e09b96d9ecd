import type { TrainingPlan } from '../../plan/training-plan';
import { evaluate, preprocess, train } from './job-steps';
import type { Parameter, PipelineDefinition, Step } from './pipeline-definition';
import { executionId, parameter } from './pipeline-definition';
import { gate } from './registration-steps';
import type { StepResources } from './resources';

/** The definition of a training pipeline. */
export function trainingDefinition(plan: TrainingPlan, resources: StepResources): PipelineDefinition {
  return {
    Version: '2020-12-01',
    Metadata: {},
    Parameters: parameters(plan, resources),
    Steps: [
      dataManifest(plan, resources),
      ...(plan.preprocess ? [preprocess(plan, resources)] : []),
      train(plan, resources),
      evaluate(plan, resources),
      gate(plan, resources),
    ],
  };
}

function parameters(plan: TrainingPlan, { data }: StepResources): Parameter[] {
  const locations = { TrainingData: data.training, ValidationData: data.validation, TestData: data.test };
  return [
    ...Object.entries(locations)
      .filter(([, uri]) => uri !== undefined)
      .map(([Name, uri]) => ({ Name, Type: 'String' as const, DefaultValue: uri! })),
    ...(plan.steps.includes('approve') ? [] : [evaluationThreshold(plan)]),
  ];
}

function evaluationThreshold({ gate }: TrainingPlan): Parameter {
  return { Name: 'EvaluationThreshold', Type: 'Float', DefaultValue: gate.threshold };
}

/** Records which files this execution reads. Its hash is the data version; never cached. */
function dataManifest(
  plan: TrainingPlan,
  { data, source, trainingImage, dataManifestFunctionArn }: StepResources,
): Step {
  return {
    Name: 'DataManifest',
    Type: 'Lambda',
    FunctionArn: dataManifestFunctionArn,
    Arguments: {
      executionId,
      trainingData: parameter('TrainingData'),
      ...(data.validation && { validationData: parameter('ValidationData') }),
      ...(data.test && { testData: parameter('TestData') }),
      codeVersion: source.codeVersion,
      codeUri: source.uri,
      image: trainingImage,
      hyperparameters: JSON.stringify(plan.hyperparameters),
    },
    OutputParameters: [
      { OutputName: 'manifestUri', OutputType: 'String' },
      { OutputName: 'manifestSha256', OutputType: 'String' },
      { OutputName: 'lineageUri', OutputType: 'String' },
    ],
  };
}
