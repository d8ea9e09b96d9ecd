import { InputError } from '../command';
import type { AwsCalls } from './aws-sdk';

/** Something that AWS refused, or that kept us from asking, as one sentence. */
export class AwsError extends InputError {
  public constructor(
    /** What the service calls it. */
    public readonly code: string,
    sentence: string,
  ) {
    super([sentence]);
  }
}

const SIGN_IN = 'sign in (aws sso login, aws configure), or name another profile with --profile';

/** What is behind an error, by its code. */
const KINDS: ReadonlyArray<readonly [RegExp, (message: string, profile?: string) => string]> = [
  [/^(ExpiredToken|RequestExpired)/, () => `the AWS credentials have expired; ${SIGN_IN}`],
  [
    /^(CredentialsProviderError|TokenProviderError)$/,
    (message, profile) => {
      const whose = profile === undefined ? '' : ` for profile ${profile}`;
      return `there are no AWS credentials${whose}: ${message}; ${SIGN_IN}`;
    },
  ],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|AuthFailure)/,
    (message) => `AWS does not accept the credentials: ${message}; ${SIGN_IN}`,
  ],
  [
    /^(AccessDenied|UnauthorizedOperation|NotAuthorized)/,
    (message) => `AWS denies it: ${message}; ask for this right, or name another profile with --profile`,
  ],
  [
    /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError)$/,
    (message) => `AWS cannot be reached: ${message}; check the network and the region`,
  ],
];

/** An error of the SDK in words. */
export function awsProblem(error: unknown, profile?: string): AwsError {
  const { name = 'Error', message = '', code } = (error ?? {}) as { name?: string; message?: string; code?: string };
  const known = typeof code === 'string' && KINDS.some(([pattern]) => pattern.test(code)) ? code : name;
  const said = message.replace(/\s+/g, ' ').trim().replace(/[.;]$/, '');
  if (/^Region is missing/.test(said)) {
    return new AwsError(known, 'there is no AWS region; name it with --region, AWS_REGION or the profile');
  }
  const kind = KINDS.find(([pattern]) => pattern.test(known));
  return new AwsError(known, kind ? kind[1](said || known, profile) : `AWS answered ${known}${said && `: ${said}`}`);
}

/** The calls, which throw {@link AwsError}. */
export function explained(calls: AwsCalls, profile?: string): AwsCalls {
  const wrap =
    (call: (...given: any[]) => Promise<unknown>) =>
    async (...given: any[]) => {
      try {
        return await call(...given);
      } catch (error) {
        throw awsProblem(error, profile);
      }
    };
  const entries = Object.entries(calls).map(([name, call]) => [name, wrap(call)]);
  return Object.fromEntries(entries) as unknown as AwsCalls;
}
