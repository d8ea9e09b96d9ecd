/** The analyzer's state machine, in the Amazon States Language (JSONPath). */
import type { AnalyzerOperation } from '../../runtime/drift-contract';
import type { State } from '../states-language';
import { goTo, isPresent, publishMessage } from '../states-language';

/** The function's own limit is 15 minutes: the machine waits a little longer, so that the function's error is the one seen. */
const CALL_SECONDS = 930;

/** Hours: two passes over a large training set, ten objects at a time. */
const LONGEST_HOURS = 6;

/** Batches at a time. A new account runs ten functions at once, and others need some of them. */
const WORKERS = 8;

/** More than a run has. */
const ALL_BATCHES = 1_000_000;

/** Where events come from, as rules match it. */
export const EVENT_SOURCE = 'cdk-mlops';

/**
 * What is worth another try: everything but what the function itself calls a failure. An account that runs as many functions
 * as it may has time to finish some.
 */
const RETRY = [
  { ErrorEquals: ['AnalysisFailure'], MaxAttempts: 0 },
  {
    ErrorEquals: ['Lambda.TooManyRequestsException'],
    IntervalSeconds: 5,
    BackoffRate: 1.5,
    MaxAttempts: 20,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 3,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];

/** What is told only once: a change that the record holds already is not found again by later runs. */
const PATIENT_RETRY = [
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 10,
    MaxDelaySeconds: 120,
    JitterStrategy: 'FULL',
  },
];

const equals = (path: string, value: string, next: string) => ({ Variable: path, StringEquals: value, Next: next });

/** Calls the function. What was asked for is the input of the execution; what the run has come to is added. */
type Operation = (name: AnalyzerOperation, payload: Record<string, unknown>, then: State) => State;

/** The analyzer's states. All are small: data lies in S3, what is known about a monitor in its record. */
export function analyzerDefinition(functionArn: string): object {
  const operation: Operation = (name, payload, then) => ({
    Type: 'Task',
    Resource: functionArn,
    Parameters: {
      operation: name,
      'execution.$': '$$.Execution.Id',
      'startedAt.$': '$$.Execution.StartTime',
      'input.$': '$$.Execution.Input',
      ...payload,
    },
    TimeoutSeconds: CALL_SECONDS,
    Retry: RETRY,
    ...then,
  });

  return {
    Comment: 'Compares what a model is asked with what it was trained on, and makes the baselines for it',
    StartAt: 'Task',
    TimeoutSeconds: LONGEST_HOURS * 3600,
    States: {
      Task: { Type: 'Choice', Choices: [equals('$.task', 'retrain', 'Retrain')], Default: 'Plan' },
      ...countingStates(operation, functionArn),
      ...judgingStates(operation),
      ...tellingStates(),
      ...failingStates(operation),
      Done: { Type: 'Succeed' },
    },
  };
}

/** What there is to read is listed in batches, each is read by a worker, and what workers found is put together. */
function countingStates(operation: Operation, functionArn: string): Record<string, State> {
  return {
    Plan: operation('plan', {}, { ResultPath: '$.plan', Next: 'What next?', Catch: goTo('Fail') }),
    'What next?': {
      Type: 'Choice',
      Choices: [
        equals('$.plan.next', 'sample', 'Sample'),
        equals('$.plan.next', 'count', 'Count'),
        equals('$.plan.next', 'baseline', 'Baseline'),
      ],
      Default: 'Judge',
    },
    Sample: batches('SampleBatch', functionArn, 'Edges'),
    Edges: operation(
      'edges',
      { 'plan.$': '$.plan' },
      { ResultPath: '$.plan', Next: 'What next?', Catch: goTo('Fail') },
    ),
    Count: batches('CountBatch', functionArn, 'For what?'),
    'For what?': { Type: 'Choice', Choices: [equals('$.task', 'baseline', 'Baseline')], Default: 'Judge' },
  };
}

/**
 * One child execution for each object that was planned. A batch that cannot be worked through is no reason to stop: whoever
 * judges counts what is missing, and says so.
 */
function batches(worker: string, functionArn: string, next: string): State {
  return {
    Type: 'Map',
    ItemReader: {
      Resource: 'arn:aws:states:::s3:listObjectsV2',
      Parameters: { 'Bucket.$': '$.plan.bucket', 'Prefix.$': '$.plan.batches' },
    },
    // The whole of what the function is called with: in a child, the context is that of the child.
    ItemSelector: {
      operation: 'work',
      'execution.$': '$$.Execution.Id',
      'startedAt.$': '$$.Execution.StartTime',
      batch: { 'bucket.$': '$.plan.bucket', 'key.$': '$$.Map.Item.Value.Key' },
    },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: worker,
      States: {
        [worker]: {
          Type: 'Task',
          Resource: functionArn,
          TimeoutSeconds: CALL_SECONDS,
          Retry: RETRY,
          ResultSelector: {}, // what thousands of children answer would not fit into a state
          End: true,
        },
      },
    },
    MaxConcurrency: WORKERS,
    ToleratedFailureCount: ALL_BATCHES,
    ResultPath: null,
    Next: next,
    Catch: goTo('Fail'),
  };
}

/** A verdict or a baseline, and perhaps a training that follows from it. */
function judgingStates(operation: Operation): Record<string, State> {
  return {
    Judge: operation(
      'judge',
      { 'plan.$': '$.plan' },
      { ResultPath: '$.result', Next: 'Retrain?', Catch: goTo('Fail') },
    ),
    Baseline: operation(
      'baseline',
      { 'plan.$': '$.plan' },
      { ResultPath: '$.result', Next: 'Retrain?', Catch: goTo('Fail') },
    ),
    'Retrain?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.result.retrain', BooleanEquals: true, Next: 'Retrain' }],
      Default: 'Any events?',
    },
    // What was found is told whatever becomes of the retraining.
    Retrain: operation('retrain', {}, { ResultPath: '$.retrained', Next: 'Any events?', Catch: goTo('Any events?') }),
  };
}

/** Rules and people hear of it. Each is tried whatever became of the one before; a failure is dealt with at the end. */
function tellingStates(): Record<string, State> {
  return {
    'Any events?': { Type: 'Choice', Choices: [isPresent('$.result.events[0]', 'Emit')], Default: 'Anyone to tell?' },
    Emit: {
      Type: 'Map',
      ItemsPath: '$.result.events',
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'PutEvent', States: { PutEvent: putEvent() } },
      ResultPath: null,
      Next: 'Anyone to tell?',
      Catch: goTo('Anyone to tell?'),
    },
    'Anyone to tell?': {
      Type: 'Choice',
      Choices: [isPresent('$.result.message', 'Tell')],
      Default: 'Anyone to tell of the retraining?',
    },
    Tell: tell('$.result', 'Anyone to tell of the retraining?'),
    'Anyone to tell of the retraining?': {
      Type: 'Choice',
      Choices: [isPresent('$.retrained.message', 'TellOfRetraining')],
      Default: 'All done?',
    },
    TellOfRetraining: tell('$.retrained', 'All done?'),
    'All done?': { Type: 'Choice', Choices: [isPresent('$.error', 'Fail')], Default: 'Done' },
  };
}

/** An event on the account's bus. */
function putEvent(): State {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::events:putEvents',
    Parameters: { Entries: [{ Source: EVENT_SOURCE, 'DetailType.$': '$.detailType', 'Detail.$': '$' }] },
    TimeoutSeconds: 60,
    Retry: PATIENT_RETRY,
    End: true,
  };
}

/** Goes on to the next state also where the message could not be delivered. */
function tell(from: string, next: string, undelivered = goTo(next)): State {
  return publishMessage(from, { Retry: PATIENT_RETRY, Next: next, Catch: undelivered });
}

/** The first error says more than what went wrong with it. */
const GIVE_UP = goTo('Failed', null);

/** What could not be done is recorded, a pipeline that waits gets its answer, people are told, and the execution has failed. */
function failingStates(operation: Operation): Record<string, State> {
  return {
    Fail: operation(
      'fail',
      { 'error.$': '$.error' },
      {
        ResultPath: '$.failed',
        Next: 'Anyone to tell of the failure?',
        Catch: GIVE_UP,
      },
    ),
    'Anyone to tell of the failure?': {
      Type: 'Choice',
      Choices: [isPresent('$.failed.message', 'TellOfFailure')],
      Default: 'Failed',
    },
    TellOfFailure: tell('$.failed', 'Failed', GIVE_UP),
    Failed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  };
}
