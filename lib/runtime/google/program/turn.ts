import type { Answer, HttpRequest, Program, Requesting, TurnInput, TurnOutput } from './protocol';

/** Runs an activity up to its next requests, or to its end. An error that it does not catch fails the execution, in words. */
export function turn(programs: Readonly<Record<string, Program>>, input: TurnInput): TurnOutput {
  try {
    return run(programs, input);
  } catch (error) {
    return { failure: inWords(error) };
  }
}

function run(programs: Readonly<Record<string, Program>>, input: TurnInput): TurnOutput {
  const activity = programs[input.program]?.[input.activity];
  if (!activity) throw new Error(`there is no activity ${input.activity} of ${input.program}`);
  const now = new Date(input.context.now).toISOString(); // workflows write microseconds; times are compared as texts
  const running = activity({ ...input.context, now }, input.carry);
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

/** Does several things at once: their requests are made in the same turns. */
export function* together<T extends unknown[]>(...parts: { readonly [K in keyof T]: Requesting<T[K]> }): Requesting<T> {
  const steps = parts.map((part) => part.next());
  while (steps.some(({ done }) => !done)) {
    const requests = steps.map((step) => (step.done ? [] : step.value));
    let answers = yield requests.flat();
    requests.forEach((made, index) => {
      if (!steps[index].done) steps[index] = parts[index].next(answers.slice(0, made.length));
      answers = answers.slice(made.length);
    });
  }
  return steps.map(({ value }) => value) as T;
}

/** A request that was refused for good, or that nobody answered. */
export class RequestFailure extends Error {
  public override readonly name: string = 'RequestFailure';

  constructor(
    readonly status: number,
    message: string,
    /** Google's name of the error, for example `FAILED_PRECONDITION`. */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** Errors whose name says nothing more: that of JavaScript, and those of this library, whose messages are sentences. */
const UNNAMED = /^Error$|Failure$/;

/** An error in one sentence. */
export function inWords(error: unknown): string {
  const { name = 'Error', message = String(error) } = (error ?? {}) as Partial<Error>;
  return UNNAMED.test(name) ? message : `${name}: ${message}`;
}

/** The body of an answer. @throws {@link RequestFailure} when the request failed */
export function bodyOf<T>({ method, url }: HttpRequest, answer: Answer): T {
  if (answer.status >= 200 && answer.status < 300) return answer.body as T;
  throw new RequestFailure(answer.status, `${method} ${url.replace(/\?.*/, '')}: ${problemOf(answer)}`, codeOf(answer));
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

function codeOf({ body }: Answer): string | undefined {
  const error = (body as { error?: { status?: string } | string } | null)?.error;
  return typeof error === 'object' ? error.status : undefined;
}

/** Google's APIs answer errors as `{"error": {"message": …}}`. */
function problemOf({ status, body }: Answer): string {
  if (status === 0) return `no answer: ${String(body)}`;
  const error = (body as { error?: { message?: string } | string } | null)?.error;
  const message = typeof error === 'object' ? error.message : error;
  return `HTTP ${status}: ${message ?? (typeof body === 'string' ? body.slice(0, 300) : 'no reason given')}`;
}
