/**
 * How a program and the workflow that runs it talk. A program is TypeScript that runs as a JavaScript routine of BigQuery, where
 * there is no network and no clock: it says which requests are to be made, the workflow makes them and comes back with the answers.
 *
 * A program consists of activities. One activity is a generator that is run from its start at every turn, with all answers so far,
 * so it must be deterministic: the time and all that is random come from its context. What has to last longer than one activity, or
 * to wait, is carried to the next one, which starts with no answers.
 */

/** A request to a Google API, made as the workflow's service account. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** With its query, encoded. */
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in UTF-8, instead of a body. */
  readonly text?: string;
  /** With a body: repeated only after a refusal for too many requests (429), since it starts something each time that it takes effect. @default false */
  readonly once?: boolean;
  /** Of `text`. @default 'text/plain; charset=utf-8' */
  readonly contentType?: string;
}

/** What came of a request. Refusals are answers; what passes by itself (429, 5xx, broken connections) has been tried for minutes. */
export interface Answer {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Parsed JSON, or text; for status 0 what went wrong, in words. */
  readonly body: unknown;
}

/** What an activity knows of its surroundings. */
export interface Context {
  /** Full name of the workflow's execution, `projects/…/executions/…`. */
  readonly execution: string;
  /** When the activity began, ISO 8601 with milliseconds. */
  readonly now: string;
  /** The workflow's settings. */
  readonly settings: unknown;
  /** What the execution was started with; null where nothing was given. */
  readonly argument: unknown;
}

/** One call of the program. */
export interface TurnInput {
  readonly program: string;
  readonly activity: string;
  readonly context: Context;
  /** What the activity before this one handed over; null at first. */
  readonly carry: unknown;
  /** Answers to all requests of the activity so far, in their order. */
  readonly answers: readonly Answer[];
}

/** Something for Cloud Logging, where alert policies find it. */
export interface LogEntry {
  readonly severity: 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR';
  readonly json: object;
}

/** What an activity ends with: another one, or the end of the execution. */
export interface Ending {
  /** Written before anything else happens. */
  readonly log?: readonly LogEntry[];
  /** The activity that follows, after so many seconds. */
  readonly next?: { readonly activity: string; readonly carry?: unknown; readonly waitSeconds?: number };
  /** Without `next`: what the execution answers. @default null */
  readonly result?: unknown;
  /** Without `next`: why the execution fails, in words. */
  readonly failure?: string;
}

/** What the program answers: requests to make, or the end of the activity. */
export type TurnOutput = { readonly requests: readonly HttpRequest[] } | Ending;

/** Code that makes requests and goes on with their answers; a list of requests is made in its order and answered as a whole. */
export type Requesting<T> = Generator<readonly HttpRequest[], T, readonly Answer[]>;

/** A part of a program. */
export type Activity = (context: Context, carry: unknown) => Requesting<Ending>;

/** Activities by name; every program has `start`. */
export type Program = Readonly<Record<string, Activity>>;
