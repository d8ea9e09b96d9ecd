/** What the command line asks of Google Cloud. */
import { credentials } from './google-credentials';
import { GoogleError } from './google-problems';
import { rest } from './google-rest';

/** Where an endpoint or a monitor is. */
export interface GooglePlace {
  readonly project: string;
  readonly region: string;
}

/** An execution of a workflow. */
export interface Execution {
  readonly state: string;
  /** Why it ended, where it was no success. */
  readonly error?: { readonly payload?: string };
  /** JSON; once it has succeeded. */
  readonly result?: string;
}

/** A version of the model registry. */
export interface ModelVersion {
  readonly versionAliases?: readonly string[];
}

/** The calls, each of which throws {@link GoogleError}. */
export interface GoogleCalls {
  /** The `SETTINGS` of a workflow, by its id; nothing where there is no such workflow, empty where it has none. */
  settings(workflow: string): Promise<string | undefined>;
  /** Starts an execution of a workflow; answers with its full name. */
  start(workflow: string, argument: object): Promise<string>;
  execution(name: string): Promise<Execution>;
  /** The content of an object; nothing where there is none. */
  object(bucket: string, name: string): Promise<string | undefined>;
  /** The generation of an object; nothing where there is none. */
  generation(bucket: string, name: string): Promise<string | undefined>;
  /** A version of a model, by its full name; nothing where there is none. */
  modelVersion(name: string): Promise<ModelVersion | undefined>;
}

const WORKFLOWS = 'https://workflows.googleapis.com/v1';
const EXECUTIONS = 'https://workflowexecutions.googleapis.com/v1';
const STORAGE = 'https://storage.googleapis.com/storage/v1';

/** Connects to a project and a region. */
export async function googleCalls({ project, region }: GooglePlace): Promise<GoogleCalls> {
  const { get, post } = rest(await credentials(), project);
  const read = async <T>(url: string) => parsed<T>(await get(url));
  const workflowName = (id: string) => `projects/${project}/locations/${region}/workflows/${encodeURIComponent(id)}`;
  const objectUrl = (bucket: string, name: string) => `${STORAGE}/b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    async settings(id) {
      const url = `${WORKFLOWS}/${workflowName(id)}?fields=userEnvVars`;
      const found = await read<{ readonly userEnvVars?: { readonly SETTINGS?: string } }>(url);
      return found && (found.userEnvVars?.SETTINGS ?? '');
    },
    async start(id, argument) {
      const url = `${EXECUTIONS}/${workflowName(id)}/executions`;
      return parsed<{ readonly name: string }>(await post(url, { argument: JSON.stringify(argument) }))!.name;
    },
    async execution(name) {
      const url = `${EXECUTIONS}/${name}?fields=state,error/payload,result`;
      return (await read<Execution>(url)) ?? { state: 'unknown' };
    },
    object: (bucket, name) => get(`${objectUrl(bucket, name)}?alt=media`),
    async generation(bucket, name) {
      const url = `${objectUrl(bucket, name)}?fields=generation`;
      return (await read<{ readonly generation: string }>(url))?.generation;
    },
    modelVersion: (name) => read(`https://${region}-aiplatform.googleapis.com/v1/${name}?fields=versionAliases`),
  };
}

function parsed<T>(body: string | undefined): T | undefined {
  try {
    return body === undefined ? undefined : (JSON.parse(body) as T);
  } catch {
    throw new GoogleError(200, 'NO_JSON', `Google Cloud answered what is no JSON: ${body!.slice(0, 100)}`);
  }
}
