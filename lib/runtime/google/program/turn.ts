import type { Answer, HttpRequest, Program, Requesting, TurnInput, TurnOutput } from './protocol';

/** Runs an activity up to its next requests, or to its end. An error that it does not catch fails the execution. */
export function turn(programs: Readonly<Record<string, Program>>, input: TurnInput): TurnOutput {
  const activity = programs[input.program]?.[input.activity];
  if (!activity) throw new Error(`there is no activity ${input.activity} of ${input.program}`);
  const running = activity(input.context, input.carry);
  let answers = input.answers;
  let step = running.next();
  while (!step.done && answers.length > 0) {
    const made = step.value.length;
    step = running.next(answers.slice(0, made));
    answers = answers.slice(made);
  }
  return step.done ? step.value : { requests: step.value };
}

/** Makes one request. */
export function* ask(request: HttpRequest): Requesting<Answer> {
  const [answer] = yield [request];
  return answer;
}

/** A request that was refused for good, or that nobody answered. */
export class RequestFailure extends Error {
  public override readonly name: string = 'RequestFailure';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The body of an answer. @throws {@link RequestFailure} when the request failed */
export function bodyOf<T>({ method, url }: HttpRequest, answer: Answer): T {
  if (answer.status >= 200 && answer.status < 300) return answer.body as T;
  throw new RequestFailure(answer.status, `${method} ${url.replace(/\?.*/, '')}: ${problemOf(answer)}`);
}

/** Makes one request that has to succeed. @throws {@link RequestFailure} when it does not */
export function* demand<T>(request: HttpRequest): Requesting<T> {
  return bodyOf<T>(request, yield* ask(request));
}

/** The answer of a request whose subject may not be there. @throws {@link RequestFailure} when it fails otherwise */
export function* ifAny<T>(request: HttpRequest): Requesting<T | undefined> {
  const answer = yield* ask(request);
  return answer.status === 404 ? undefined : bodyOf<T>(request, answer);
}

/** Google's APIs answer errors as `{"error": {"message": …}}`. */
function problemOf({ status, body }: Answer): string {
  if (status === 0) return `no answer: ${String(body)}`;
  const error = (body as { error?: { message?: string } | string } | null)?.error;
  const message = typeof error === 'object' ? error.message : error;
  return `HTTP ${status}: ${message ?? (typeof body === 'string' ? body.slice(0, 300) : 'no reason given')}`;
}
