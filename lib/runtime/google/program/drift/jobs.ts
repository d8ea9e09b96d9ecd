/** BigQuery's jobs: begun under a name of our own, so that one that was asked for twice runs once, and waited for in between. */
import type { Activity, Ending, Requesting } from '../protocol';
import { ask, bodyOf, demand } from '../turn';
import { query, urlOf } from '../urls';
import type { Carry } from './carry';
import { DriftFailure } from './errors';
import type { Query } from './sql/query';
import { queryParameters } from './sql/query';
import type { Work } from './work';
import { runId, to, workOf } from './work';

/** What a job is told besides its query. */
export interface JobOptions {
  /** Files that are read as tables. */
  readonly tableDefinitions?: object;
}

/** A job reads no more than this; it would be a mistake. 4 TiB. */
const MOST_BYTES = String(4 * 2 ** 40);

/** Reasons for which another try is worth it. */
const PASSING = ['backendError', 'internalError', 'rateLimitExceeded', 'jobRateLimitExceeded', 'jobBackendError'];
const MOST_ATTEMPTS = 4;
const POLL_SECONDS = 5;

const jobsUrl = ({ settings }: Work) => `${urlOf(settings, 'bigquery')}/bigquery/v2/projects/${settings.project}`;

/** Begins a job; the activity `then` follows when it has ended. */
export function* begin(
  work: Work,
  carry: Carry,
  from: string,
  then: string,
  made: Query,
  options: JobOptions = {},
): Requesting<Ending> {
  const { settings } = work;
  const attempt = carry.waiting?.from === from ? carry.waiting.attempt : 1;
  const job = `drift_${runId(work)}_${from}_${count(carry)}_${attempt}`;
  const key = settings.encryptionKey;
  const body = {
    jobReference: { projectId: settings.project, jobId: job, location: settings.region },
    configuration: {
      labels: { monitor: label(settings.monitor), step: from.toLowerCase() },
      query: {
        query: made.sql,
        useLegacySql: false,
        useQueryCache: false,
        maximumBytesBilled: MOST_BYTES,
        parameterMode: 'NAMED',
        queryParameters: queryParameters(made),
        ...(options.tableDefinitions && { tableDefinitions: options.tableDefinitions }),
        ...(key !== undefined && isRead(made) && { destinationEncryptionConfiguration: { kmsKeyName: key } }),
      },
    },
  };
  const request = { method: 'POST', url: `${jobsUrl(work)}/jobs${query({ fields: 'status/state' })}`, body } as const;
  const answer = yield* ask(request);
  if (answer.status !== 409) bodyOf(request, answer); // 409: this very job has begun already
  return to('wait', { ...carry, waiting: { job, from, then, attempt } });
}

/** Whether rows are answered, for which BigQuery makes a table: others have their own key already. */
const isRead = ({ sql }: Query) => !/^\s*(?:INSERT|DELETE)\b/.test(sql);

/** Tells apart jobs that one activity begins for several parts of its work. */
const count = ({ baseline, notes }: Carry) => (baseline?.index ?? 0) + notes.length;

/** A label's value: 63 lower-case letters, digits, - and _. */
const label = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, 63);

interface JobState {
  readonly status: {
    readonly state: string;
    readonly errorResult?: { readonly reason?: string; readonly message?: string };
  };
  readonly statistics?: { readonly query?: { readonly totalBytesProcessed?: string } };
}

const JOB_FIELDS = 'status(state,errorResult(reason,message)),statistics/query/totalBytesProcessed';

/** Looks at the job that is waited for, until it has ended. */
export const wait: Activity = function* (context, carried) {
  const [work, carry] = [workOf(context), carried as Carry];
  const { job, from, then, attempt } = carry.waiting!;
  const url = `${jobsUrl(work)}/jobs/${job}${query({ location: work.settings.region, fields: JOB_FIELDS })}`;
  const { status, statistics } = yield* demand<JobState>({ method: 'GET', url });
  if (status.state !== 'DONE') return to('wait', carry, work.settings.pollSeconds ?? POLL_SECONDS);
  const bytes = carry.bytes + Number(statistics?.query?.totalBytesProcessed ?? 0);
  const { errorResult: error } = status;
  if (!error) return to(then, { ...carry, bytes });
  const reason = `${from}: ${error.message ?? 'no reason given'}`; // the same at every run, so that it is told once
  if (PASSING.indexOf(error.reason ?? '') >= 0 && attempt < MOST_ATTEMPTS) {
    const again = { ...carry.waiting!, attempt: attempt + 1 };
    return to(from, { ...carry, bytes, waiting: again }, attempt * 30);
  }
  if (from !== 'trim') throw new DriftFailure(reason);
  return to(then, { ...carry, bytes, notes: [...carry.notes, `the log table was not trimmed: ${reason}`] });
};

/** Rows of the job that was waited for, from one on: values of columns, in their order. */
export function* rows(work: Work, carry: Carry, from = 0, most = 1000): Requesting<(string | null)[][]> {
  const parameters = {
    location: work.settings.region,
    startIndex: String(from),
    maxResults: String(most),
    fields: 'rows',
  };
  const url = `${jobsUrl(work)}/queries/${carry.waiting!.job}${query(parameters)}`;
  const found = yield* demand<{ rows?: { f: { v: string | null }[] }[] }>({ method: 'GET', url });
  return (found.rows ?? []).map(({ f }) => f.map(({ v }) => v));
}
