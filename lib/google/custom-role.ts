import { Construct } from 'constructs';
import { grantInProject } from './iam-members';
import { GoogleResource } from './l1/google-resource';
import { claimName } from './resource-names';

/** Properties of a custom role. */
export interface CustomRoleProps {
  /** Project of the role. */
  readonly project: string;

  /** Id of the role, unique in the project: 3 to 64 letters, digits, underscores and periods. */
  readonly roleId: string;

  /** What it is called in the console, at most 100 characters. */
  readonly title: string;

  /** Exactly what it allows. */
  readonly permissions: string[];
}

/** A role of a project with exactly the permissions that are needed; no predefined role is that narrow. */
export class CustomRole extends Construct {
  /** `projects/PROJECT/roles/ID`, as bindings take it. */
  public readonly roleName: string;

  /** The role in IAM. */
  public readonly role: GoogleResource<'google_project_iam_custom_role'>;

  private readonly project: string;

  public constructor(scope: Construct, id: string, props: CustomRoleProps) {
    super(scope, id);
    this.project = props.project;
    claimName(this, 'roleId', props.roleId);
    this.role = new GoogleResource(this, 'Role', 'google_project_iam_custom_role', {
      project: props.project,
      role_id: props.roleId,
      title: props.title,
      permissions: [...props.permissions].sort(),
    });
    this.roleName = this.role.attribute('name');
  }

  /**
   * Gives the role to a member in the whole project.
   * @param user whoever gets it, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  public grant(member: string, user: Construct = this): GoogleResource {
    return grantInProject(user, this.project, this.roleName, member);
  }
}
