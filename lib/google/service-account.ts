import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { checkMember, homeOf, once } from './iam-members';
import { GoogleResource } from './l1/google-resource';
import { claimName, serviceAccountId, stableId } from './resource-names';

/** An account with which programs work. */
export interface IServiceAccount extends IConstruct {
  /** `ID@PROJECT.iam.gserviceaccount.com`. */
  readonly email: string;

  /** The account as a member of bindings: `serviceAccount:` and its e-mail address. */
  readonly member: string;

  /**
   * Lets a member start programs that work with this account (`roles/iam.serviceAccountUser` on it).
   * @param user whoever starts them, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantUse(member: string, user?: Construct): GoogleResource;

  /**
   * Allows Vertex AI to serve models as this account: its service agent gets `roles/iam.serviceAccountAdmin` on this account alone,
   * which Google's guide demands (https://cloud.google.com/vertex-ai/docs/general/custom-service-account).
   * @param agent the service agent of Vertex AI
   * @param user whoever serves, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantServing(agent: string, user?: Construct): GoogleResource;
}

/** A service account that stands already. */
export interface ServiceAccountAttributes {
  /** Its e-mail address. */
  readonly email: string;

  /** Project of the account. */
  readonly project: string;
}

/** Properties of a service account. */
export interface ServiceAccountProps {
  /** Project of the account. */
  readonly project: string;

  /** What the id is derived from, with `role`: lower-case letters, digits and hyphens. */
  readonly name: string;

  /** What the account is for, in a word, for example `training`; the end of its id. */
  readonly role: string;

  /** What the account is for, in a sentence. */
  readonly description: string;
}

abstract class ServiceAccountBase extends Construct implements IServiceAccount {
  public abstract readonly email: string;
  /** `projects/PROJECT/serviceAccounts/EMAIL`. */
  protected abstract readonly accountName: string;

  public get member(): string {
    return `serviceAccount:${this.email}`;
  }

  public grantUse(member: string, user?: Construct): GoogleResource {
    return this.grant(stableId(this, member), 'roles/iam.serviceAccountUser', member, user);
  }

  public grantServing(agent: string, user?: Construct): GoogleResource {
    return this.grant('Serving', 'roles/iam.serviceAccountAdmin', agent, user);
  }

  private grant(id: string, role: string, member: string, user?: Construct): GoogleResource {
    checkMember(this, member);
    return once(homeOf(this, user), 'Users', id, (parent) => {
      const binding = { service_account_id: this.accountName, role, member };
      return new GoogleResource(parent, id, 'google_service_account_iam_member', binding);
    });
  }
}

/** A service account without a key and, at first, without any right. */
export class ServiceAccount extends ServiceAccountBase {
  /** An account that stands already. */
  public static fromServiceAccountAttributes(
    scope: Construct,
    id: string,
    attributes: ServiceAccountAttributes,
  ): IServiceAccount {
    class Import extends ServiceAccountBase {
      public readonly email = attributes.email;
      protected readonly accountName = `projects/${attributes.project}/serviceAccounts/${attributes.email}`;
    }
    return new Import(scope, id);
  }

  public readonly email: string;

  /** The account in IAM. */
  public readonly account: GoogleResource<'google_service_account'>;

  protected readonly accountName: string;

  public constructor(scope: Construct, id: string, props: ServiceAccountProps) {
    super(scope, id);
    const accountId = serviceAccountId(this, props.name, props.role);
    claimName(this, 'accountId', accountId);
    this.account = new GoogleResource(this, 'Account', 'google_service_account', {
      project: props.project,
      account_id: accountId,
      display_name: `${props.name} ${props.role}`.slice(0, 100),
      description: props.description.slice(0, 256),
    });
    this.email = this.account.attribute('email');
    this.accountName = this.account.attribute('name');
  }
}
