import type { IConstruct } from 'constructs';

/** A mistake in how a construct is used, with the place in the tree where it was made. */
export class ConstructError extends Error {
  /** Path of the construct in the tree. */
  public readonly constructPath: string;

  public constructor(scope: IConstruct, message: string) {
    super(`${message} (at ${scope.node.path})`);
    this.name = 'ConstructError';
    this.constructPath = scope.node.path;
  }
}
