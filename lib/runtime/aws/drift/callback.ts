/** The Baseline step of training pipelines: its messages, and the answers that it waits for. */
import { createHash } from 'node:crypto';
import {
  SendPipelineExecutionStepFailureCommand,
  SendPipelineExecutionStepSuccessCommand,
} from '@aws-sdk/client-sagemaker';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { AnalyzerInput, BaselineMessage, BaselineOutputs, BaselineRequest } from '../../drift-contract';
import { isThere } from '../service-errors';
import type { Cloud } from './cloud';
import { nameOf } from './errors';
import { inWords } from '../service-errors';

/** A message as the queue hands it over. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

/** Which messages go back to the queue, and in the end to its dead-letter queue. */
export interface QueueAnswer {
  readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }>;
}

/** SageMaker takes no longer reason. */
const LONGEST_REASON = 256;

/** Starts an execution for each message. A message that comes twice starts one. */
export async function startBaselines(
  cloud: Cloud,
  stateMachineArn: string,
  records: readonly QueueRecord[],
): Promise<QueueAnswer> {
  const failures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of records) {
    try {
      await receive(cloud, stateMachineArn, parseMessage(body));
    } catch (error) {
      console.error(`message ${messageId}: ${inWords(error)}`);
      failures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures: failures };
}

/** A pipeline that is stopped waits for an answer before it ends. What is already being worked on ends unheard. */
async function receive(cloud: Cloud, stateMachineArn: string, message: BaselineMessage): Promise<void> {
  if (message.status === 'Stopping') return answerFailure(cloud, message.token, 'the pipeline execution was stopped');
  const input: AnalyzerInput = {
    task: 'baseline',
    cause: 'training pipeline',
    baseline: { ...message.arguments, token: message.token },
  };
  const name = `baseline-${digest(`${message.pipelineExecutionArn} ${message.token}`)}`;
  try {
    await cloud.states.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (!isThere(error)) throw error;
  }
}

const ARGUMENTS = ['rules', 'trainingData', 'evaluation', 'output', 'encryptionKeyArn'] as const;

function parseMessage(body: string): BaselineMessage {
  const message = JSON.parse(body) as Partial<BaselineMessage> | null;
  const known = message?.arguments as Partial<BaselineRequest> | undefined;
  if (typeof message?.token !== 'string')
    throw new Error('the message has no token; only callback steps may write to the queue');
  const lacking = message.status === 'Stopping' ? [] : ARGUMENTS.filter((name) => typeof known?.[name] !== 'string');
  if (lacking.length === 0) return message as BaselineMessage;
  throw new Error(
    `the message lacks ${lacking.join(', ')}; the step's Arguments are a BaselineRequest without its token`,
  );
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Hands the outputs over to the pipeline that waits. Handed over again, they are the same answer. */
export async function answerSuccess({ sagemaker }: Cloud, token: string, outputs: BaselineOutputs): Promise<void> {
  await sagemaker.send(
    new SendPipelineExecutionStepSuccessCommand({
      CallbackToken: token,
      ClientRequestToken: digest(`success ${token}`),
      OutputParameters: Object.entries(outputs).map(([Name, Value]) => ({ Name, Value: Value as string })),
    }),
  );
}

/** What SageMaker answers where nothing waits for the token any more. */
const NOBODY_WAITS = ['ResourceNotFound', 'ResourceNotFoundException', 'ValidationException', 'ConflictException'];

/** Ends the step that waits, so that its pipeline fails with the reason instead of waiting for days. */
export async function answerFailure({ sagemaker }: Cloud, token: string, reason: string): Promise<void> {
  try {
    await sagemaker.send(
      new SendPipelineExecutionStepFailureCommand({
        CallbackToken: token,
        ClientRequestToken: digest(`failure ${token}`),
        FailureReason: reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON - 1)}…` : reason,
      }),
    );
  } catch (error) {
    if (!NOBODY_WAITS.includes(nameOf(error))) throw error;
  }
}
