/** A failure that another try would not mend: what is asked for cannot be done. */
export class DriftFailure extends Error {
  public override readonly name: string = 'DriftFailure';
}
