/**
 * The JSON of a SageMaker pipeline, version 2020-12-01, as far as this library writes it. The SageMaker Python SDK's
 * compiled output is the reference: the published JSON schema contradicts it.
 */

/** A value that SageMaker resolves when the pipeline runs. */
export type Reference =
  | { readonly Get: string }
  | { readonly 'Std:Join': { readonly On: string; readonly Values: readonly Value[] } }
  | { readonly 'Std:JsonGet': { readonly PropertyFile: { readonly Get: string }; readonly Path: string } };

/** A literal or a reference. */
export type Value = string | number | Reference;

export interface Parameter {
  readonly Name: string;
  readonly Type: 'String' | 'Float';
  readonly DefaultValue: string | number;
}

export interface RetryPolicy {
  readonly ExceptionType: readonly string[];
  readonly BackoffRate: number;
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
}

/** One step. `Arguments` is the request of the step's API call, without the job's name. */
export interface Step {
  readonly Name: string;
  readonly Type: 'Lambda' | 'Processing' | 'Training' | 'Condition' | 'Callback' | 'RegisterModel' | 'Fail';
  readonly Arguments: object;
  readonly FunctionArn?: string;
  readonly SqsQueueUrl?: string;
  readonly OutputParameters?: ReadonlyArray<{ readonly OutputName: string; readonly OutputType: string }>;
  readonly PropertyFiles?: ReadonlyArray<{
    readonly PropertyFileName: string;
    readonly OutputName: string;
    readonly FilePath: string;
  }>;
  readonly CacheConfig?: { readonly Enabled: true; readonly ExpireAfter: string };
  readonly RetryPolicies?: readonly RetryPolicy[];
}

export interface PipelineDefinition {
  readonly Version: '2020-12-01';
  readonly Metadata: object;
  readonly Parameters: readonly Parameter[];
  readonly Steps: readonly Step[];
}

/** A pipeline parameter, by name. */
export const parameter = (name: string): Reference => ({ Get: `Parameters.${name}` });

/** Id of the running execution; unique per run, so outputs of two runs never meet. */
export const executionId: Reference = { Get: 'Execution.PipelineExecutionId' };

/** ARN of the running execution. */
export const executionArn: Reference = { Get: 'Execution.PipelineExecutionArn' };

/** An output parameter of a Lambda or callback step. */
export const stepOutput = (step: string, output: string): Reference => ({
  Get: `Steps.${step}.OutputParameters['${output}']`,
});

/** S3 URI of a processing step's output. */
export const processingOutput = (step: string, output: string): Reference => ({
  Get: `Steps.${step}.ProcessingOutputConfig.Outputs['${output}'].S3Output.S3Uri`,
});

/** A property of a step's result, by path. */
export const stepProperty = (step: string, path: string): Reference => ({ Get: `Steps.${step}.${path}` });

/** Values joined by a separator at run time. */
export const join = (on: string, ...values: Value[]): Reference => ({ 'Std:Join': { On: on, Values: values } });

/** A value inside a JSON file that a step declared as property file. */
export const jsonGet = (step: string, propertyFile: string, path: string): Reference => ({
  'Std:JsonGet': { PropertyFile: { Get: `Steps.${step}.PropertyFiles.${propertyFile}` }, Path: path },
});
