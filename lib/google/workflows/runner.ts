/**
 * The workflow that runs a program: it asks the program what to do, makes the requests that it names, waits where it is told to, and
 * logs what people are to hear of. What is decided, and why, is decided by the program (lib/runtime/google/program).
 */
import { REQUESTS, RETRY, TIMEOUT_SECONDS } from './requests';
import type { CallStep, Condition, Steps, Subworkflow, Workflow } from './workflow';

/** Most seconds that BigQuery is waited for in one request. */
const PATIENCE_SECONDS = 50;

/**
 * A workflow for one program. Its environment: `SETTINGS`, what the program knows (JSON); `PROJECT`, `REGION`; `ROUTINE`, the full
 * name of the routine (`project.dataset.routine`); `BIGQUERY_URL`, another address of BigQuery, for tests. The argument of an execution is the program's.
 */
export function runnerWorkflow(program: string): Workflow {
  return {
    main: main(program),
    turn: turn(),
    wait_for_query: waitForQuery(),
    perform: perform(),
    is_throttled: isThrottled(),
    ...REQUESTS,
  };
}

/** Activity after activity, until one says that it was the last. */
function main(program: string): Subworkflow {
  return {
    params: ['argument'],
    steps: [
      {
        begin: {
          assign: [
            { executions: '${sys.get_env("PROJECT") + "/locations/" + sys.get_env("REGION") + "/workflows/"}' },
            { run: '${sys.get_env("GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID")}' },
            { name: '${executions + sys.get_env("GOOGLE_CLOUD_WORKFLOW_ID") + "/executions/" + run}' },
            { settings: '${json.decode(sys.get_env("SETTINGS"))}' },
            { input: { program, activity: 'start', carry: null, context: { argument: '${argument}' } } },
            { 'input.context.execution': '${"projects/" + name}' },
            { 'input.context.settings': '${settings}' },
          ],
        },
      },
      { activity: { assign: [{ 'input.answers': [] }, { 'input.context.now': '${time.format(sys.now())}' }] } },
      { ask: { call: 'turn', args: { input: '${input}' }, result: 'output' } },
      { what: { switch: [{ condition: '${"requests" in output}', next: 'make' }], next: 'say' } },
      { make: { for: { value: 'request', in: '${output.requests}', steps: makeRequest() } } },
      { with_answers: { assign: [{ output: null }], next: 'ask' } }, // variables have 512 KB in all
      ...ending(),
    ],
  };
}

/** One request of a turn. Its answer joins those that the activity has had. */
function makeRequest(): Steps {
  return [
    { send: { call: 'perform', args: { request: '${request}' }, result: 'answer' } },
    { keep: { assign: [{ 'input.answers': '${list.concat(input.answers, answer)}' }] } },
  ];
}

/** The end of an activity: what it says, what follows. */
function ending(): Steps {
  return [
    { say: { assign: [{ nothing: [] }, { entries: '${default(map.get(output, "log"), nothing)}' }] } },
    {
      tell: {
        for: {
          value: 'entry',
          in: '${entries}',
          steps: [{ log: { call: 'sys.log', args: { json: '${entry.json}', severity: '${entry.severity}' } } }],
        },
      },
    },
    { over: { switch: [{ condition: '${not("next" in output)}', next: 'end_of_all' }] } },
    { wait: { call: 'sys.sleep', args: { seconds: '${default(map.get(output.next, "waitSeconds"), 0)}' } } },
    {
      go_on: {
        assign: [
          { 'input.activity': '${output.next.activity}' },
          { 'input.carry': '${map.get(output.next, "carry")}' },
        ],
        next: 'activity',
      },
    },
    { end_of_all: { switch: [{ condition: '${"failure" in output}', raise: '${output.failure}' }] } },
    { answer: { return: '${map.get(output, "result")}' } },
  ];
}

/** Asks the program: one query without tables, whose only row is the answer. */
function turn(): Subworkflow {
  return {
    params: ['input'],
    steps: [
      {
        prepare: {
          assign: [
            { google: 'https://bigquery.googleapis.com' },
            { bigquery: '${sys.get_env("BIGQUERY_URL", google) + "/bigquery/v2/projects/" + sys.get_env("PROJECT")}' },
            { tick: '`' },
            {
              query: {
                query: '${"SELECT " + tick + sys.get_env("ROUTINE") + tick + "(@input)"}',
                location: '${sys.get_env("REGION")}',
                useLegacySql: false,
                useQueryCache: false,
                jobCreationMode: 'JOB_CREATION_OPTIONAL',
                parameterMode: 'NAMED',
                queryParameters: [
                  {
                    name: 'input',
                    parameterType: { type: 'STRING' },
                    parameterValue: { value: '${json.encode_to_string(input)}' }, // nowhere else: variables have 512 KB in all
                  },
                ],
                timeoutMs: PATIENCE_SECONDS * 1000,
              },
            },
          ],
        },
      },
      { run: { call: 'post', args: { url: '${bigquery + "/queries"}', body: '${query}' }, result: 'response' } },
      { forget: { assign: [{ query: null }] } },
      {
        slow: {
          switch: [
            {
              condition: '${not(response.jobComplete)}',
              steps: [
                {
                  wait: {
                    call: 'wait_for_query',
                    args: { bigquery: '${bigquery}', job: '${response.jobReference.jobId}' },
                    result: 'response',
                  },
                },
              ],
            },
          ],
        },
      },
      { answer: { return: '${json.decode(response.rows[0].f[0].v)}' } },
    ],
  };
}

/** A query that takes longer than its request. */
function waitForQuery(): Subworkflow {
  return {
    params: ['bigquery', 'job'],
    steps: [
      { ask: { assign: [{ query: { location: '${sys.get_env("REGION")}', timeoutMs: PATIENCE_SECONDS * 1000 } }] } },
      {
        look: {
          call: 'get',
          args: { url: '${bigquery + "/queries/" + job}', query: '${query}' },
          result: 'response',
        },
      },
      { again: { switch: [{ condition: '${not(response.jobComplete)}', next: 'look' }] } },
      { answer: { return: '${response}' } },
    ],
  };
}

/** Makes a request. What passes by itself is tried again; what is refused is an answer, too. */
function perform(): Subworkflow {
  const has = (key: string, next: string): Condition => ({ condition: `\${"${key}" in request}`, next });
  const type = '${default(map.get(request, "contentType"), "text/plain; charset=utf-8")}';
  return {
    params: ['request'],
    steps: [
      { kind: { switch: [has('once', 'send_once'), has('text', 'send_text'), has('body', 'send_body')] } },
      ...send('send', {}),
      ...send('send_text', { body: '${request.text}', headers: { 'Content-Type': type } }),
      ...send('send_body', { body: '${request.body}' }),
      ...send('send_once', { body: '${request.body}' }, { ...RETRY, predicate: '${is_throttled}' }),
    ],
  };
}

/** A request with its content, and what came of it. */
function send(name: string, content: NonNullable<CallStep['args']>, retry = RETRY): Steps {
  const args = { method: '${request.method}', url: '${request.url}', ...content };
  return [
    {
      [name]: {
        try: {
          call: 'http.request',
          args: { ...args, auth: { type: 'OAuth2' }, timeout: TIMEOUT_SECONDS },
          result: 'response',
        },
        retry,
        except: { as: 'error', steps: refusal(name) },
      },
    },
    { [`${name}_content`]: { assign: [{ content: '${map.get(response, "body")}' }] } }, // none with 204
    {
      [`${name}_bytes`]: {
        switch: [
          {
            condition: '${get_type(content) == "bytes"}', // of types that Workflows takes for no text
            return: { status: '${response.code}', body: '${text.decode(content)}' },
          },
        ],
      },
    },
    { [`${name}_answer`]: { return: { status: '${response.code}', body: '${content}' } } },
  ];
}

function refusal(name: string): Steps {
  const refused = { status: '${error.code}', body: '${map.get(error, "body")}' };
  return [
    { [`${name}_refused`]: { switch: [{ condition: '${"code" in error}', return: refused }] } },
    { [`${name}_why`]: { call: 'reason_of', args: { error: '${error}' }, result: 'reason' } },
    { [`${name}_lost`]: { return: { status: 0, body: '${reason}' } } },
  ];
}

/** What was refused for its number has not begun anything. */
function isThrottled(): Subworkflow {
  return { params: ['e'], steps: [{ answer: { return: '${map.get(e, "code") == 429}' } }] };
}
