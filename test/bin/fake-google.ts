import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import type { DeploymentRecord } from '../../lib/deployer/record';
import type { DeployerArgument } from '../../lib/runtime/google-contract';

/** What a service answers instead. */
export interface Failure {
  readonly status: number;
  readonly body: unknown;
  /** How often; for good unless said otherwise. */
  times?: number;
}

/** An execution of a workflow. */
export interface FakeExecution {
  readonly workflow: string;
  readonly argument: DeployerArgument;
  state: string;
  error?: { payload: string };
  result?: string;
}

interface StoredObject {
  readonly generation: number;
  readonly content: string;
}

export const PLACE = 'projects/acme-ml/locations/europe-west4';
export const MODEL = `${PLACE}/models/m`;
export const BUCKET = 'acme-ml-m';
const [DEPLOYMENTS, DRIFT] = ['deployments/m/', 'drift/m/'];
export const POLICY = `${DEPLOYMENTS}policy.json`;
export const RECORD = `${DEPLOYMENTS}record/record.json`;
export const MONITOR = `${DRIFT}record/record.json`;

const WORKFLOWS = 'https://workflows.googleapis.com/v1/';
const EXECUTIONS = 'https://workflowexecutions.googleapis.com/v1/';
const STORAGE = `https://storage.googleapis.com/storage/v1/b/${BUCKET}/o/`;
const VERTEX = 'https://europe-west4-aiplatform.googleapis.com/v1/';

/** Just enough of Workflows, its executions, Cloud Storage and Vertex AI, in place of `fetch`. */
export class FakeGoogle {
  /** `SETTINGS` by the full names of workflows; without any where undefined. */
  public workflows: Record<string, object | string | undefined> = {};
  public objects: Record<string, StoredObject | undefined> = {};
  /** Aliases of versions, by full name. */
  public versions: Record<string, readonly string[]> = {};
  public executions: Record<string, FakeExecution> = {};
  /** Failures by the beginning of a method with its URL. */
  public failures: Record<string, Failure | Error> = {};
  /** Everything that was asked for, in order. */
  public calls: string[] = [];
  public headers = new Headers();
  /** Called with every look at the record, before it is answered. */
  public look: (count: number) => void = () => {};
  /** Called with every look at an execution, before it is answered. */
  public follow: (execution: FakeExecution) => void = () => {};

  /** The one argument that was handed over. */
  public get argument(): DeployerArgument {
    const [execution, ...more] = Object.values(this.executions);
    if (!execution || more.length > 0) throw new Error(`${more.length + (execution ? 1 : 0)} executions`);
    return execution.argument;
  }

  public put(name: string, content: object | string): void {
    const generation = (this.objects[name]?.generation ?? 1000) + 1;
    this.objects[name] = { generation, content: typeof content === 'string' ? content : JSON.stringify(content) };
  }

  /** Stands for `fetch`. */
  public async fetch(url: string, { method, body, headers, signal }: RequestInit = {}): Promise<Response> {
    const call = `${method} ${url}`;
    this.calls.push(call);
    this.headers = new Headers(headers);
    if (!signal) throw new Error('a request without a limit of time');
    const [, failure] = Object.entries(this.failures).find(([start]) => call.startsWith(start)) ?? [];
    if (failure instanceof Error) throw failure;
    if (failure && (failure.times === undefined || failure.times-- > 0)) return answer(failure.body, failure.status);
    const found = method === 'POST' ? this.start(url, body as string) : this.get(url);
    return found === undefined
      ? answer({ error: { code: 404, message: 'Not Found', status: 'NOT_FOUND' } }, 404)
      : answer(found);
  }

  private get(url: string): unknown {
    const { searchParams } = new URL(url);
    const path = (start: string) => (url.startsWith(start) ? url.slice(start.length).split('?')[0] : undefined);
    const [workflow, execution, object, version] = [WORKFLOWS, EXECUTIONS, STORAGE, VERTEX].map(path);
    if (workflow !== undefined) return this.workflow(workflow);
    if (execution !== undefined) return this.execution(execution);
    if (object !== undefined) return this.object(decodeURIComponent(object), searchParams);
    const versionAliases = version === undefined ? undefined : this.versions[version];
    return versionAliases && { versionAliases };
  }

  private workflow(name: string): object | undefined {
    if (!(name in this.workflows)) return undefined;
    const settings = this.workflows[name];
    const SETTINGS = typeof settings === 'object' ? JSON.stringify(settings) : settings;
    return SETTINGS === undefined ? {} : { userEnvVars: { SETTINGS } };
  }

  private execution(name: string): object | undefined {
    const execution = this.executions[name];
    if (!execution) return undefined;
    this.follow(execution);
    const { state, error, result } = execution;
    return { state, error, result };
  }

  private object(name: string, query: URLSearchParams): unknown {
    const media = query.get('alt') === 'media';
    const reads = `GET ${STORAGE}${encodeURIComponent(RECORD)}?alt=media`;
    if (media && name === RECORD) this.look(this.calls.filter((call) => call === reads).length);
    const found = this.objects[name];
    if (!found) return undefined;
    return media ? found.content : { generation: `${found.generation}` };
  }

  private start(url: string, body: string): object | undefined {
    const workflow = url.slice(EXECUTIONS.length).replace(/\/executions$/, '');
    if (!(workflow in this.workflows)) return undefined;
    const name = `${workflow}/executions/${Object.keys(this.executions).length + 1}`;
    const { argument } = JSON.parse(body) as { argument: string };
    this.executions[name] = { workflow, argument: JSON.parse(argument) as DeployerArgument, state: 'ACTIVE' };
    return { name, state: 'ACTIVE' };
  }
}

const answer = (body: unknown, status = 200) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

/** An endpoint whose policy stands; its record too, where one is given. */
export function standing(google: FakeGoogle, stored?: DeploymentRecord | string): void {
  const where = { project: 'acme-ml', region: 'europe-west4', bucket: BUCKET };
  google.workflows[`${PLACE}/workflows/m-deployer`] = { ...where, endpoint: 'm', folder: DEPLOYMENTS };
  google.put(POLICY, { format: 1, model: MODEL });
  if (stored !== undefined) google.put(RECORD, stored);
}

/** The drift monitor beside it. */
export function monitored(google: FakeGoogle, settings: object = { retraining: {} }): void {
  const where = { project: 'acme-ml', region: 'europe-west4', bucket: BUCKET, folder: DRIFT };
  google.workflows[`${PLACE}/workflows/m-drift`] = { ...where, ...settings };
}

/** What of the record says that the policy which stands has been read. */
export const policySeen = (google: FakeGoogle) => ({ policySeen: `${google.objects[POLICY]!.generation}` });

/** Takes the place of Google Cloud for the tests of a file; the environment names no project and has a token. */
export function serveFakeGoogle(): FakeGoogle {
  const fake = new FakeGoogle();
  const before = { ...process.env };
  beforeAll(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('GOOGLE_')) delete process.env[name];
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => fake.fetch(url, init));
  });
  beforeEach(() => {
    process.env.GOOGLE_OAUTH_ACCESS_TOKEN = 'token';
    Object.assign(fake, new FakeGoogle());
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    for (const name of Object.keys(process.env)) if (name.startsWith('GOOGLE_')) delete process.env[name];
    Object.assign(process.env, before);
  });
  return fake;
}
