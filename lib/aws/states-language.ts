/** Pieces of the Amazon States Language (JSONPath) that the state machines of this library share. */

/** A state, as the language writes it. */
export type State = Readonly<Record<string, unknown>>;

/** Goes on elsewhere after any error, which lies at `resultPath` then; null keeps the state's data as they are. */
export const goTo = (next: string, resultPath: string | null = '$.error'): State[] => [
  { ErrorEquals: ['States.ALL'], ResultPath: resultPath, Next: next },
];

/** A choice: whether there is something at a path. */
export const isPresent = (path: string, next: string): State => ({ Variable: path, IsPresent: true, Next: next });

/** Publishes what lies at `<from>.message`: `{topicArn, subject, text}`. */
export function publishMessage(from: string, then: { readonly Retry: State[]; Next: string; Catch: State[] }): State {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::sns:publish',
    Parameters: {
      'TopicArn.$': `${from}.message.topicArn`,
      'Subject.$': `${from}.message.subject`,
      'Message.$': `${from}.message.text`,
    },
    TimeoutSeconds: 60,
    ResultPath: null,
    ...then,
  };
}
