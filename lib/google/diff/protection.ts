import type { ChangeKind, ServiceLimit } from '../../plan/change';
import type { TerraformBlock } from './terraform';

/** Types that are protected unless they say otherwise. */
const PROTECTED_BY_DEFAULT = ['google_bigquery_table', 'google_workflows_workflow'];

/** What keeps a resource from being removed or replaced, so that the deployment fails; or seems to keep it and does not. */
export function protectionLimits(
  type: string,
  kind: ChangeKind,
  before: TerraformBlock,
  after: TerraformBlock | undefined,
): ServiceLimit[] {
  if (kind === 'replaced') return [...preventedReplacement(after), ...heldBy(type, before)];
  if (kind === 'removed') return [...preventionThatGoes(before), ...heldBy(type, before)];
  return [];
}

/** Terraform reads prevent_destroy in the configuration that is deployed. */
function preventedReplacement(after: TerraformBlock | undefined): ServiceLimit[] {
  if (after?.lifecycle?.prevent_destroy !== true) return [];
  return [{ reason: 'has prevent_destroy, so Terraform refuses to replace it', wayOut: 'keep it as it is' }];
}

function preventionThatGoes({ lifecycle }: TerraformBlock): ServiceLimit[] {
  if (lifecycle?.prevent_destroy !== true) return [];
  return [
    {
      reason: 'has prevent_destroy, which goes with its block and does not keep Terraform from deleting it',
      wayOut: 'keep its block',
    },
  ];
}

/** The provider reads its own protections in the state, where the deployed values are. */
function heldBy(
  type: string,
  { deletion_protection: protection, deletion_policy: policy }: TerraformBlock,
): ServiceLimit[] {
  const isProtected = String(protection ?? PROTECTED_BY_DEFAULT.includes(type)) === 'true';
  const holds = [...(isProtected ? ['deletion_protection'] : []), ...(policy === 'PREVENT' ? ['deletion_policy'] : [])];
  return holds.map((argument) => ({
    reason: `is deployed with ${argument}${argument === 'deletion_policy' ? ' PREVENT' : ''}, so the deployment fails`,
    wayOut: `keep it, or deploy it without ${argument} first, when deletion is meant`,
  }));
}
