import { InputError } from '../command';

export const SIGN_IN = 'sign in (gcloud auth application-default login), or give a token in GOOGLE_OAUTH_ACCESS_TOKEN';

/** Something that Google Cloud refused, or that kept us from asking, as one sentence. */
export class GoogleError extends InputError {
  public constructor(
    /** HTTP status; 0 where there was no answer. */
    public readonly status: number,
    /** What the service calls it: a reason such as SERVICE_DISABLED, a status such as NOT_FOUND, or nothing. */
    public readonly code: string,
    sentence: string,
  ) {
    super([sentence]);
  }
}

/** The error in an answer, https://google.aip.dev/193; of Cloud Storage it has a list of reasons instead of details. */
interface Refusal {
  readonly status?: string;
  readonly message?: string;
  readonly details?: ReadonlyArray<{ readonly reason?: string; readonly metadata?: Readonly<Record<string, string>> }>;
}

/** A refusal in words. */
export function googleProblem(status: number, body: string, project: string): GoogleError {
  const { status: name = '', message = body.slice(0, 300), details = [] } = refusalIn(body);
  const info = details.find(({ reason }) => reason !== undefined);
  const said = message.replace(/\s+/g, ' ').trim().replace(/[.;]$/, '');
  return new GoogleError(status, info?.reason ?? name, sentence(status, said, project, info));
}

function sentence(status: number, said: string, project: string, info: NonNullable<Refusal['details']>[number] = {}) {
  const { reason, metadata = {} } = info;
  if (reason === 'SERVICE_DISABLED') {
    const { service = 'the service' } = metadata;
    return `${service} is not enabled in project ${project}; run: gcloud services enable ${service} --project ${project}`;
  }
  if (reason === 'CONSUMER_INVALID') {
    return `project ${project} does not exist, or is not known to you; correct google.project in the config, or --project`;
  }
  if (status === 401) return `Google Cloud does not accept the credentials: ${said}; ${SIGN_IN}`;
  if (status === 403) {
    return `Google Cloud denies it in project ${project}: ${said}; ask for what grantOperate of the construct gives, or correct the project`;
  }
  return `Google Cloud answered HTTP ${status}${said && `: ${said}`}`;
}

function refusalIn(body: string): Refusal {
  try {
    return (JSON.parse(body) as { readonly error?: Refusal }).error ?? {};
  } catch {
    return {}; // a page in HTML, or a text of Cloud Storage
  }
}

/** A request that had no answer, in words. */
export function unreachable(error: unknown, url: string): GoogleError {
  const { name, message, cause } = error as Error & { readonly cause?: { readonly message?: string } };
  const why = name === 'TimeoutError' ? 'no answer in time' : (cause?.message ?? message);
  const { host } = new URL(url);
  return new GoogleError(0, 'UNREACHABLE', `Google Cloud cannot be reached: ${host}: ${why}; check the network`);
}
