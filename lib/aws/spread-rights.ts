import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { InlineRole } from './inline-role';
import { MOST_CHARACTERS, policySize } from './policy-size';
import { acknowledgeStatements } from './wildcard-reasons';

/** Characters that a managed policy may have, white space apart. */
const MOST_IN_MANAGED_POLICY = 6_144;

/** Managed policies that a role may have unless AWS is asked for more. */
const MOST_POLICIES = 10;

/** Left free in the role itself, for what is granted later. */
const SPARE = 1_500;

/** Rights that grow with what a role works for. Those that do not fit into the role stand in managed policies beside it. */
export class SpreadRights {
  private readonly policies: iam.ManagedPolicy[] = [];

  /**
   * @param scope where the policies stand
   * @param id what their ids begin with
   * @param role whose rights they are
   */
  public constructor(
    private readonly scope: Construct,
    private readonly id: string,
    private readonly role: InlineRole,
  ) {}

  /** Adds the rights on one thing: they stay together. */
  public add(statements: iam.PolicyStatement[]): void {
    if (this.policies.length === 0 && this.fits(this.role.rights, statements, MOST_CHARACTERS - SPARE)) {
      this.role.addStatements(statements);
      return;
    }
    const last = this.policies.at(-1);
    const policy = last && this.fits(last.document, statements, MOST_IN_MANAGED_POLICY) ? last : this.createPolicy();
    policy.addStatements(...statements);
    acknowledgeStatements(policy, statements);
  }

  /** Whether there are more policies than a role may have. */
  public get tooMany(): boolean {
    return this.policies.length > MOST_POLICIES;
  }

  /** Estimated from above: statements that say the same of several resources are merged in the end. */
  private fits(document: iam.PolicyDocument, statements: iam.PolicyStatement[], most: number): boolean {
    const stack = Stack.of(this.scope);
    const added = new iam.PolicyDocument({ statements, minimize: true });
    return policySize(stack, document) + policySize(stack, added) <= most;
  }

  private createPolicy(): iam.ManagedPolicy {
    const policy = new iam.ManagedPolicy(this.scope, `${this.id}${this.policies.length + 1}`, {
      document: new iam.PolicyDocument({ minimize: true }),
      roles: [this.role],
    });
    this.policies.push(policy);
    return policy;
  }
}
