/** Requests to Google's REST APIs. */
import type { Credentials } from './google-credentials';
import { GoogleError, googleProblem, unreachable } from './google-problems';

/** What passes by itself: quota, and trouble of the service. */
const TRANSIENT = [429, 500, 502, 503, 504];

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;
const TIMEOUT_MS = 60_000;

/** Makes requests; each throws {@link GoogleError} where it is refused. */
export interface Rest {
  /** The text of an answer; nothing where there is no such thing. */
  get(url: string): Promise<string | undefined>;
  post(url: string, body: object): Promise<string>;
}

/** Requests by whom the credentials say. What passes by itself is tried again: use `post` for what may come twice. */
export function rest(credentials: Credentials, project: string): Rest {
  const send = (url: string, init: RequestInit) => persistently(() => attempt(url, init, credentials, project));
  return {
    async get(url) {
      try {
        return await send(url, { method: 'GET' });
      } catch (error) {
        if (error instanceof GoogleError && error.status === 404) return undefined;
        throw error;
      }
    },
    post: (url, body) => send(url, { method: 'POST', body: JSON.stringify(body) }),
  };
}

async function attempt(url: string, init: RequestInit, credentials: Credentials, project: string): Promise<string> {
  const headers = await credentials();
  if (init.body !== undefined) headers.set('content-type', 'application/json');
  const { status, body } = await answerOf(url, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (status < 300) return body;
  throw googleProblem(status, body, project);
}

async function answerOf(url: string, init: RequestInit): Promise<{ readonly status: number; readonly body: string }> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, body: await response.text() };
  } catch (error) {
    throw unreachable(error, url);
  }
}

async function persistently<T>(call: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof GoogleError && mayPass(error)) || tried === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (tried - 1)));
    }
  }
}

const mayPass = ({ status, code }: GoogleError) => TRANSIENT.includes(status) || code === 'UNREACHABLE';
