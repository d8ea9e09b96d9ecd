import { Construct } from 'constructs';
import { holdsToken } from '../config/tokens';
import { TerraformStack } from './engine';
import { ConstructError } from './errors';
import { GoogleResource } from './l1/google-resource';
import { stableId } from './resource-names';

/** Whom IAM knows. Nothing of this library is ever given to everybody (`allUsers`, `allAuthenticatedUsers`). */
const MEMBER = /^(?:(?:user|group|serviceAccount|domain):\S+|principal(?:Set)?:\/\/\S+)$/;

/**
 * Whether a member can be given rights.
 *
 * @throws when it is no member of IAM, or everybody
 */
export function checkMember(scope: Construct, member: string): void {
  if (holdsToken(member) || MEMBER.test(member)) return;
  throw new ConstructError(
    scope,
    `got the member "${member}", allowed: user:, group:, serviceAccount: or domain: and a name, such as group:ml@example.com, or principal://…`,
  );
}

/**
 * Gives a member a role in a project, once per stack: Terraform takes a binding away when one of several resources that
 * declare it goes.
 *
 * @param member for example `serviceAccount:a@b.iam.gserviceaccount.com`
 */
export function grantInProject(scope: Construct, project: string, role: string, member: string): GoogleResource {
  checkMember(scope, member);
  const id = [project, role, member].map((part) => stableId(scope, part)).join('|');
  return once(TerraformStack.of(scope), 'ProjectMembers', id, (parent) => {
    return new GoogleResource(parent, id, 'google_project_iam_member', { project, role, member });
  });
}

/**
 * Where a grant on something stands: beside it, or with its user in another stack. That stack refers to what it uses already;
 * a grant beside it would refer back to the user's account, and stacks cannot need each other.
 */
export function homeOf(granted: Construct, user: Construct = granted): Construct {
  const stack = TerraformStack.of(user);
  if (stack === TerraformStack.of(granted)) return granted;
  const id = `Grants-${stableId(user, granted.node.path)}`;
  return (stack.node.tryFindChild(id) as Construct | undefined) ?? new Construct(stack, id);
}

/** What `create` makes under a scope, made once per id. */
export function once(
  scope: Construct,
  folder: string,
  id: string,
  create: (parent: Construct) => GoogleResource,
): GoogleResource {
  const parent = (scope.node.tryFindChild(folder) as Construct | undefined) ?? new Construct(scope, folder);
  return (parent.node.tryFindChild(id) as GoogleResource | undefined) ?? create(parent);
}
