/** A failure that another try would not mend, through no fault of the candidate. The state machine knows it by this name. */
export class DeploymentFailure extends Error {
  public override readonly name: string = 'DeploymentFailure';
}

/** A failure of the candidate itself: it is not deployed again unless a person asks for it. */
export class CandidateFailure extends Error {
  public override readonly name: string = 'CandidateFailure';
}
