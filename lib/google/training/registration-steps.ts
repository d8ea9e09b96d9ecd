import type { TrainingPlan } from '../../plan/training-plan';
import type { Decision } from './branches';
import { operand } from './branches';
import type { StepResources } from './resources';
import { SERVICE_RETRY } from './retries';
import type { ParameterInput, Step } from './step';
import { artifactOf, inputParameter, inputPath, inputUri, JOB_NAME, outputFile, outputPath, parameterOf } from './step';
import { stepProgram } from './step-program';

/** Registers a model that reaches the threshold; anything else, NaN too, ends the execution as failed, so that people hear of it. */
export function gate(plan: TrainingPlan, resources: StepResources): Decision {
  const metric = parameterOf('evaluate', 'metric', 'NUMBER_DOUBLE');
  const threshold = thresholdOf(plan);
  const passed = `${operand(metric)} ${plan.gate.operator} ${operand(threshold)}`;
  return {
    name: 'gate',
    compared: [metric, threshold],
    branches: [
      { name: 'passed', condition: passed, steps: [register(plan, resources)] },
      { name: 'refused', condition: `!(${passed})`, steps: [refuse(plan, resources, metric, threshold)] },
    ],
  };
}

/** A parameter of the execution; but where versions are approved without a person, whoever starts one cannot lower the gate. */
function thresholdOf(plan: TrainingPlan): ParameterInput {
  const from = plan.steps.includes('approve')
    ? { constant: plan.gate.threshold }
    : { parameter: 'evaluation_threshold' };
  return { type: 'NUMBER_DOUBLE', from };
}

function register(plan: TrainingPlan, resources: StepResources): Step {
  return {
    name: 'register',
    inputs: {
      parameters: { data_manifest_sha256: parameterOf('data-manifest', 'sha256') },
      artifacts: {
        model: artifactOf('train', 'model', 'system.Model'),
        report: artifactOf('evaluate', 'report', 'system.Metrics'),
        manifest: artifactOf('data-manifest', 'manifest', 'system.Artifact'),
        execution: artifactOf('data-manifest', 'execution', 'system.Artifact'),
      },
    },
    outputs: { parameters: { version: 'STRING' }, artifacts: { lineage: 'system.Artifact' } },
    container: stepProgram(
      'register',
      [...executionArguments(resources), ...modelArguments(plan, resources)],
      resources,
    ),
    cached: false,
    retry: SERVICE_RETRY,
  };
}

/** Where a version comes from. */
function executionArguments({ project, region, source }: StepResources): string[] {
  return [
    ...['--job', JOB_NAME],
    ...['--project', project],
    ...['--region', region],
    ...['--code-version', source.codeVersion],
    ...['--data-manifest-sha256', inputParameter('data_manifest_sha256')],
    ...['--data-manifest-uri', `${inputUri('manifest')}/manifest.jsonl`],
    ...['--lineage-uri', `${inputUri('execution')}/lineage.json`],
    ...['--report', `${inputPath('report')}/evaluation.json`],
    ...['--lineage-path', `${outputPath('lineage')}/lineage.json`],
    ...['--output-parameter', `version=${outputFile('version')}`],
  ];
}

/** What is registered, and how it answers requests. */
function modelArguments(plan: TrainingPlan, resources: StepResources): string[] {
  const { inference, framework, gate } = plan;
  return [
    ...['--model-id', resources.modelId],
    ...['--model-uri', inputUri('model')],
    ...['--metric', gate.metric],
    ...['--image', resources.servingImage],
    ...(framework ? ['--framework', framework.name] : []),
    ...(inference.entryPoint ? ['--entry-point', inference.entryPoint] : []),
    ...['--environment', JSON.stringify(inference.environment)],
    ...['--format', inference.requestFormat],
    ...(resources.encryptionKey ? ['--kms-key', resources.encryptionKey] : []),
    ...['--service-account', resources.serviceAccount],
  ];
}

function refuse(plan: TrainingPlan, resources: StepResources, value: ParameterInput, threshold: ParameterInput): Step {
  const { metric, operator } = plan.gate;
  const args = [
    ...['--metric', metric],
    ...['--operator', operator],
    ...['--threshold', inputParameter('threshold')],
    ...['--value', inputParameter('value')],
  ];
  return {
    name: 'refuse',
    inputs: { parameters: { threshold, value } },
    outputs: {},
    container: stepProgram('refuse', args, resources),
    cached: false,
  };
}
