import type { Construct } from 'constructs';
import type { IEncryptionKey } from './encryption-key';
import { ConstructError } from './errors';
import { locationOf, placeOf } from './google-location';
import type { GoogleLocation } from './google-location';
import { GoogleResource } from './l1/google-resource';
import { claimName } from './resource-names';
import type { GoogleService } from './service-agents';
import type { ServiceAccount } from './service-account';
import { terraformText } from './terraform-text';
import { lintEnvironment } from './workflows/lint';
import { workflowSource } from './workflows/workflow';
import type { Workflow } from './workflows/workflow';

/** Properties of a workflow. */
export interface EncryptedWorkflowProps extends GoogleLocation {
  readonly name: string;
  readonly description: string;
  /** Account that it works as. */
  readonly account: ServiceAccount;
  readonly definition: Workflow;
  /** `user_env_vars`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly encryptionKey: IEncryptionKey;
  /** Services that encrypt what it starts with the same key, besides Cloud Workflows. */
  readonly services: readonly GoogleService[];
}

/**
 * A workflow whose source, arguments and results are encrypted. It logs errors only: variables hold what people ask models.
 *
 * @throws when the environment is beyond the limits of the service; the source, the same for all, is judged by a test
 */
export function encryptedWorkflow(
  scope: Construct,
  id: string,
  props: EncryptedWorkflowProps,
): GoogleResource<'google_workflows_workflow'> {
  const { name, description, account, definition, environment, encryptionKey, services } = props;
  const { project, region } = props;
  claimName(scope, 'workflow', `${project}/${region}/${name}`);
  const problems = lintEnvironment(environment);
  if (problems.length > 0) throw new ConstructError(scope, problems.join('\n'));
  return new GoogleResource(
    scope,
    id,
    'google_workflows_workflow',
    {
      name,
      project,
      region,
      description,
      service_account: account.account.id,
      source_contents: terraformText(workflowSource(definition)),
      user_env_vars: environment,
      crypto_key_name: encryptionKey.keyName,
      call_log_level: 'LOG_ERRORS_ONLY',
      deletion_protection: false,
    },
    { dependsOn: encryptionKey.allow(locationOf(props), 'workflows', ...services) },
  );
}

/** What a workflow is called in Google's APIs. */
export function workflowName({ project, region }: GoogleLocation, name: string): string {
  return `${placeOf({ project, region })}/workflows/${name}`;
}
