import { Lazy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { DependencyGroup } from 'constructs';
import { acknowledgeStatements } from './wildcard-reasons';

export interface InlineRoleProps {
  readonly assumedBy: iam.IPrincipal;
  readonly description?: string;
  readonly policyName: string;
  /**
   * Whether statements are merged where they say the same of several resources: a role holds 10,240 characters.
   * @default false
   */
  readonly minimize?: boolean;
}

/** A role whose rights stand inside it, also those that are granted later: there is no policy beside it to wait for. */
export class InlineRole extends iam.Role {
  private readonly document: iam.PolicyDocument;

  constructor(scope: Construct, id: string, props: InlineRoleProps) {
    const { policyName, minimize, ...role } = props;
    super(scope, id, role);
    const document = new iam.PolicyDocument({ minimize });
    this.document = document;
    (this.node.defaultChild as iam.CfnRole).policies = Lazy.any({
      produce: () => (document.isEmpty ? undefined : [{ policyName, policyDocument: document }]),
    });
  }

  /** Adds statements, and says why some of their resources hold a wildcard. */
  public addStatements(statements: iam.PolicyStatement[]): void {
    this.document.addStatements(...statements);
    acknowledgeStatements(this, statements);
  }

  /** What grants add. */
  public override addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.document.addStatements(statement);
    return { statementAdded: true, policyDependable: new DependencyGroup() };
  }

  /** The rights, with everything that was added until now. */
  public get rights(): iam.PolicyDocument {
    return this.document;
  }
}
