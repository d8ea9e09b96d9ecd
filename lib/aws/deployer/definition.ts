/** The deployer's state machine, in the Amazon States Language (JSONPath). */
import type { DeployerOperation } from '../../runtime/contract';
import type { State } from '../states-language';
import { goTo, isPresent, publishMessage } from '../states-language';

/** The whole machine. Hours: the longest rollout of SageMaker (8), or the longest batch prediction. */
const LONGEST_HOURS = 26;

/** Statuses in which SageMaker is at work on an endpoint. */
const MOVING = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting'];

/**
 * What is worth another try: everything but what the handlers themselves call a failure. Throttling is retried inside the
 * handlers first; the jitter keeps executions that were throttled together from coming back together.
 */
const RETRY = [
  { ErrorEquals: ['DeploymentFailure', 'CandidateFailure'], MaxAttempts: 0 },
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 5,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];

const equals = (path: string, value: string, next: string) => ({
  And: [
    { Variable: path, IsPresent: true },
    { Variable: path, StringEquals: value },
  ],
  Next: next,
});

/** The deployer's states. All are small: what serves, and why, stands in the record, not in an execution. */
export function deployerDefinition(functionArn: string): object {
  const operation = (name: DeployerOperation, payload: Record<string, unknown>, then: State): State => ({
    Type: 'Task',
    Resource: functionArn,
    Parameters: { operation: name, 'execution.$': '$$.Execution.Id', 'endpoint.$': '$.endpoint', ...payload },
    TimeoutSeconds: 300,
    Retry: RETRY,
    ...then,
  });

  return {
    Comment: 'Brings approved models into production, tests them, and rolls them back',
    StartAt: 'Task',
    TimeoutSeconds: LONGEST_HOURS * 3600,
    States: {
      Task: { Type: 'Choice', Choices: [equals('$.task', 'predict', 'Predict')], Default: 'Claim' },
      ...claimStates(operation),
      ...stepStates(operation),
      ...settlingStates(operation),
      ...predictionStates(operation),
      Done: { Type: 'Succeed' },
      Failed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
    },
  };
}

type Operation = (name: DeployerOperation, payload: Record<string, unknown>, then: State) => State;

/** Takes the lease and finds out what there is to do, until there is nothing. */
function claimStates(operation: Operation): Record<string, State> {
  return {
    Claim: operation(
      'claim',
      { 'input.$': '$' },
      { ResultPath: '$.claimed', Next: 'Settled request?', Catch: goTo('Lost') },
    ),
    'Settled request?': { Type: 'Choice', Choices: [isPresent('$.claimed.answer', 'Answer')], Default: 'What next?' },
    Answer: operation(
      'answer',
      { 'answer.$': '$.answer', 'outcome.$': '$.claimed.answer' },
      { ResultPath: '$.answer', Next: 'What next?', Catch: goTo('Failed') },
    ),
    'What next?': {
      Type: 'Choice',
      Choices: [
        equals('$.claimed.next', 'create', 'CreateCandidate'),
        equals('$.claimed.next', 'ask', 'RollOut'),
        equals('$.claimed.next', 'watch', 'WaitForEndpoint'),
        equals('$.claimed.next', 'judge', 'Judge'),
        equals('$.claimed.next', 'tidy', 'SettleAgain'),
        equals('$.claimed.next', 'wait', 'WaitForTurn'),
      ],
      Default: 'Done',
    },
    WaitForTurn: { Type: 'Wait', SecondsPath: '$.claimed.waitSeconds', Next: 'Claim' },
    Judge: operation('judge', {}, { ResultPath: '$.judged', Next: 'Claim', Catch: goTo('Lost') }),
    // The record could not be read or written: people hear of it by the alarm on failed executions.
    Lost: { Type: 'Choice', Choices: [isPresent('$.answer.responseUrl', 'AnswerFailure')], Default: 'Failed' },
    AnswerFailure: operation(
      'answer',
      { 'answer.$': '$.answer', 'error.$': '$.error' },
      { ResultPath: '$.answer', Next: 'Failed', Catch: goTo('Failed') },
    ),
  };
}

/** One step: the candidate is made, the endpoint is asked to change, and watched until it has. */
function stepStates(operation: Operation): Record<string, State> {
  return {
    CreateCandidate: operation('create', {}, { ResultPath: null, Next: 'RollOut', Catch: goTo('SettleFailure') }),
    RollOut: operation('ask', {}, { ResultPath: null, Next: 'WaitForEndpoint', Catch: goTo('SettleFailure') }),
    WaitForEndpoint: { Type: 'Wait', SecondsPath: '$.claimed.waitSeconds', Next: 'DescribeEndpoint' },
    DescribeEndpoint: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sagemaker:describeEndpoint',
      Parameters: { 'EndpointName.$': '$.endpoint' },
      ResultSelector: { 'status.$': '$.EndpointStatus' },
      ResultPath: '$.seen',
      TimeoutSeconds: 60,
      Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 5, MaxAttempts: 3, JitterStrategy: 'FULL' }],
      Next: 'At rest?',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Verify' }], // gone, or not to be seen: Verify tells which
    },
    'At rest?': {
      Type: 'Choice',
      Choices: [
        { Variable: '$$.State.EnteredTime', TimestampGreaterThanPath: '$.claimed.deadline', Next: 'Verify' },
        { Or: MOVING.map((status) => ({ Variable: '$.seen.status', StringEquals: status })), Next: 'WaitForEndpoint' },
      ],
      Default: 'Verify',
    },
    Verify: operation('verify', {}, { ResultPath: '$.verified', Next: 'Verified?', Catch: goTo('SettleFailure') }),
    'Verified?': {
      Type: 'Choice',
      Choices: [equals('$.verified.result', 'wait', 'WaitForEndpoint'), equals('$.verified.result', 'ask', 'RollOut')],
      Default: 'Settle',
    },
  };
}

/** The outcome is recorded, people are told, and what is no longer needed goes. Then the record is looked at again. */
function settlingStates(operation: Operation): Record<string, State> {
  return {
    Settle: operation(
      'settle',
      { 'outcome.$': '$.verified' },
      { ResultPath: '$.settled', Next: 'Anyone to tell?', Catch: goTo('Lost') },
    ),
    SettleFailure: operation(
      'settle',
      { 'error.$': '$.error' },
      { ResultPath: '$.settled', Next: 'Anyone to tell?', Catch: goTo('Lost') },
    ),
    // An execution died after it had settled: people may not have been told, and something may be left over.
    SettleAgain: operation('settle', {}, { ResultPath: '$.settled', Next: 'Anyone to tell?', Catch: goTo('Lost') }),
    'Anyone to tell?': { Type: 'Choice', Choices: [isPresent('$.settled.message', 'Notify')], Default: 'CleanUp' },
    Notify: notify('$.settled', 'CleanUp', 'CleanUpUntold'),
    CleanUp: operation('cleanUp', {}, { ResultPath: null, Next: 'Claim', Catch: goTo('Claim') }),
    // What people could not be told stays in the record: the next tick tries again.
    CleanUpUntold: operation(
      'cleanUp',
      { undelivered: true },
      { ResultPath: null, Next: 'Claim', Catch: goTo('Claim') },
    ),
  };
}

/** One batch prediction with the champion. It needs no lease: it changes nothing that serves. */
function predictionStates(operation: Operation): Record<string, State> {
  return {
    Predict: operation(
      'predict',
      { 'input.$': '$', 'startedAt.$': '$$.Execution.StartTime' },
      { ResultPath: '$.job', Next: 'WaitForJob', Catch: goTo('SettlePrediction') },
    ),
    WaitForJob: { Type: 'Wait', SecondsPath: '$.job.waitSeconds', Next: 'DescribeJob' },
    DescribeJob: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sagemaker:describeTransformJob',
      Parameters: { 'TransformJobName.$': '$.job.name' },
      ResultSelector: { 'status.$': '$.TransformJobStatus' },
      ResultPath: '$.seen',
      TimeoutSeconds: 60,
      Retry: RETRY,
      Next: 'Predicted?',
      Catch: goTo('SettlePrediction'),
    },
    'Predicted?': {
      Type: 'Choice',
      Choices: [
        { Variable: '$.seen.status', StringEquals: 'Completed', Next: 'Done' },
        { Variable: '$$.State.EnteredTime', TimestampGreaterThanPath: '$.job.deadline', Next: 'SettlePrediction' },
        {
          Or: ['InProgress', 'Stopping'].map((status) => ({ Variable: '$.seen.status', StringEquals: status })),
          Next: 'WaitForJob',
        },
      ],
      Default: 'SettlePrediction',
    },
    SettlePrediction: operation(
      'settlePrediction',
      { 'input.$': '$' },
      { ResultPath: '$.settled', Next: 'Anyone to tell of the prediction?', Catch: goTo('Failed') },
    ),
    'Anyone to tell of the prediction?': {
      Type: 'Choice',
      Choices: [isPresent('$.settled.message', 'NotifyOfPrediction')],
      Default: 'PredictionFailed',
    },
    NotifyOfPrediction: notify('$.settled', 'PredictionFailed', 'PredictionFailed'),
    PredictionFailed: { Type: 'Fail', Error: 'PredictionFailed', CausePath: '$.settled.reason' },
  };
}

/** Tells people. What cannot be delivered stands in the record all the same. */
function notify(from: string, next: string, undelivered: string): State {
  return publishMessage(from, { Retry: RETRY, Next: next, Catch: goTo(undelivered) });
}
