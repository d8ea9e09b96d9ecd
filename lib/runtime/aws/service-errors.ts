/** What services answer when they refuse, and what that means. */

interface ServiceError {
  readonly name?: string;
  readonly message?: string;
}

/** SageMaker answers ValidationException for most of what is missing, existing or busy, and tells them apart in words. */
function says(error: unknown, names: readonly string[], words: RegExp): boolean {
  const { name = '', message = '' } = (error ?? {}) as ServiceError;
  return names.includes(name) || (name === 'ValidationException' && words.test(message));
}

/** Whether what was asked for does not exist. */
export function isMissing(error: unknown): boolean {
  const names = ['ResourceNotFound', 'ResourceNotFoundException', 'ObjectNotFoundException', 'ExecutionDoesNotExist'];
  return says(error, names, /could not find|does not exist|not found|cannot find/i);
}

/** Whether what was to be created stands already. */
export function isThere(error: unknown): boolean {
  return says(error, ['ResourceInUse', 'ResourceInUseException', 'ExecutionAlreadyExists'], /already exist/i);
}

/** The answer of a request, or nothing where its subject does not exist. */
export async function ifAny<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Waits for a request whose subject may stand already: an earlier try may have made it. */
export async function unlessThere(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!isThere(error)) throw error;
  }
}

/** Errors whose name says nothing more: that of JavaScript, and those of this library, whose messages are sentences. */
const UNNAMED = /^Error$|Failure$/;

/** An error in one sentence. */
export function inWords(error: unknown): string {
  const { name = 'Error', message = String(error) } = (error ?? {}) as ServiceError;
  return UNNAMED.test(name) ? message : `${name}: ${message}`;
}
