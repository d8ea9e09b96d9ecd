import type { CallStep, Retry, Subworkflow } from './workflow';

/** Longest time for one answer. */
export const TIMEOUT_SECONDS = 60;

/** HTTP statuses that pass by themselves: quota, and trouble of the service. */
const TRANSIENT_STATUSES = [429, 500, 502, 503, 504];

/** About two minutes in all: Vertex AI's quotas count per minute. */
export const RETRY: Retry = {
  predicate: '${is_transient}',
  max_retries: 6,
  backoff: { initial_delay: 2, max_delay: 60, multiplier: 2 },
};

/**
 * Subworkflows for requests to Google's REST APIs as the workflow's service account: `get` and `post` answer the body, repeat what
 * passes by itself and raise everything else; `reason_of` says in a sentence what an error was.
 *
 * A repeated `post` may find that its first attempt took effect: use it for requests that may come twice.
 */
export const REQUESTS: Readonly<Record<'get' | 'post' | 'is_transient' | 'reason_of', Subworkflow>> = {
  get: { params: ['url', 'query'], steps: requestSteps('http.get', { query: '${query}' }) },
  post: { params: ['url', 'body'], steps: requestSteps('http.post', { body: '${body}' }) },
  is_transient: isTransient(),
  reason_of: reasonOf(),
};

function requestSteps(call: string, args: CallStep['args']): Subworkflow['steps'] {
  const request: CallStep = {
    call,
    args: { url: '${url}', ...args, auth: { type: 'OAuth2' }, timeout: TIMEOUT_SECONDS },
    result: 'response',
  };
  return [{ request: { try: request, retry: RETRY } }, { answer: { return: '${response.body}' } }];
}

function isTransient(): Subworkflow {
  const broken = ['ConnectionError', 'ConnectionFailedError', 'TimeoutError'].map((tag) => `"${tag}" in tags`);
  return {
    params: ['e'],
    steps: [
      {
        read: {
          assign: [
            { statuses: TRANSIENT_STATUSES },
            { no_tags: [] },
            { tags: '${default(map.get(e, "tags"), no_tags)}' },
          ],
        },
      },
      { answer: { return: `\${map.get(e, "code") in statuses or ${broken.join(' or ')}}` } },
    ],
  };
}

/** Google's APIs answer errors as `{"error": {"message": …}}`; other errors have a message of their own. */
function reasonOf(): Subworkflow {
  return {
    params: ['error'],
    steps: [
      { sentence: { switch: [{ condition: '${get_type(error) == "string"}', return: '${error}' }] } },
      {
        read: { assign: [{ nothing: {} }, { body: '${default(map.get(error, "body"), nothing)}' }, { problem: null }] },
      },
      {
        look: {
          switch: [
            {
              condition: '${get_type(body) == "map"}',
              steps: [{ find: { assign: [{ problem: '${map.get(body, "error")}' }] } }],
            },
          ],
        },
      },
      {
        judge: {
          switch: [
            {
              condition: '${get_type(problem) == "map"}',
              return: '${"HTTP " + string(error.code) + ": " + default(map.get(problem, "message"), "no message")}',
            },
          ],
        },
      },
      { answer: { return: '${default(map.get(error, "message"), json.encode_to_string(error))}' } },
    ],
  };
}
