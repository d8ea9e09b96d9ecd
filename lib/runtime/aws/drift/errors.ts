/** A failure that another try would not mend. The state machine knows it by this name and does not try again. */
export class AnalysisFailure extends Error {
  public override readonly name: string = 'AnalysisFailure';
}

/** Names of what S3 answers where an object is not there, or not as it was. */
const GONE = ['NoSuchKey', 'NotFound', 'PreconditionFailed'];

/** Names of what S3 and KMS answer where an object stands but cannot be read, now or at another try. */
const CLOSED = [
  'AccessDenied',
  'AccessDeniedException',
  'InvalidObjectState',
  'KMS.DisabledException',
  'KMS.NotFoundException',
];

export const nameOf = (error: unknown): string => (error as { name?: string } | undefined)?.name ?? '';

/** Whether an object is gone, or another one stands in its place. */
export const isGone = (error: unknown): boolean => GONE.includes(nameOf(error));

/** Whether an object cannot be read for want of a right, a key, or because it is archived. */
export const isClosed = (error: unknown): boolean => CLOSED.includes(nameOf(error));
