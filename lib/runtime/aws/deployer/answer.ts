/** Answers CloudFormation, which waits for the custom resource. */
import type { AnswerOutcome, ResourceAnswer } from '../../contract';

/** CloudFormation takes answers of at most 4,096 bytes. */
const LONGEST_REASON = 1500;

/**
 * Puts the answer where CloudFormation looks for it.
 *
 * @throws when it cannot be put there, so that the state machine tries again
 */
export async function sendAnswer(answer: ResourceAnswer, { success, reason }: AnswerOutcome): Promise<void> {
  const body = JSON.stringify({
    Status: success ? 'SUCCESS' : 'FAILED',
    Reason: reason.slice(0, LONGEST_REASON),
    PhysicalResourceId: answer.physicalResourceId,
    StackId: answer.stackId,
    RequestId: answer.requestId,
    LogicalResourceId: answer.logicalResourceId,
  });
  const response = await fetch(answer.responseUrl, { method: 'PUT', body: Buffer.from(body) }); // signed without a content type
  if (!response.ok)
    throw new Error(
      `CloudFormation's address answers ${response.status} to the outcome of ${answer.logicalResourceId}`,
    );
}
