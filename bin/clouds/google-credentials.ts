import { InputError } from '../command';
import { GoogleError, SIGN_IN } from './google-problems';

/** What is read of `google-auth-library`, versions 9 and later. */
interface AuthLibrary {
  readonly GoogleAuth: new (options: { readonly scopes: readonly string[] }) => {
    getRequestHeaders(): Promise<Headers | Record<string, string>>;
  };
}

/** Its name is no literal: nobody who builds or bundles this has it. */
const LIBRARY: string = 'google-auth-library';
const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/** The headers that say who asks; they are asked for anew with every request, because tokens expire while people wait. */
export type Credentials = () => Promise<Headers>;

/**
 * A token from the environment, as Terraform's provider takes it; else application default credentials, which
 * `google-auth-library` finds.
 *
 * @throws InputError when there is neither a token nor the library
 */
export async function credentials(): Promise<Credentials> {
  const token = process.env.GOOGLE_OAUTH_ACCESS_TOKEN;
  if (token) return async () => new Headers({ authorization: `Bearer ${token}` });
  const { GoogleAuth } = await loadLibrary();
  const auth = new GoogleAuth({ scopes: SCOPES });
  return async () => {
    try {
      return new Headers(await auth.getRequestHeaders());
    } catch (error) {
      const said = (error as Error).message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
      throw new GoogleError(0, 'NO_CREDENTIALS', `there are no Google Cloud credentials: ${said}; ${SIGN_IN}`);
    }
  };
}

async function loadLibrary(): Promise<AuthLibrary> {
  try {
    return (await import(LIBRARY)) as AuthLibrary;
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new InputError([
      'Google Cloud credentials need google-auth-library, which is not installed; run: npm install google-auth-library (or give a token: export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)")',
    ]);
  }
}
