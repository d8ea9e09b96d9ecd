import type { Construct } from 'constructs';
import type { GoogleLocation } from './google-location';
import { grantInProject } from './iam-members';
import { GoogleResource } from './l1/google-resource';
import { claimName } from './resource-names';
import type { IServiceAccount } from './service-account';

/** What starts a workflow. */
export interface TopicTriggerProps {
  readonly name: string;
  /** Project and region of the workflow. */
  readonly location: GoogleLocation;
  /** Topic, `projects/PROJECT/topics/NAME`. */
  readonly topic: string;
  /** Workflow, `projects/PROJECT/locations/REGION/workflows/NAME`. */
  readonly workflow: string;
  /** Account that starts it. */
  readonly account: IServiceAccount;
}

/** What Eventarc needs to hand messages to a workflow. Workflows have no access policy of their own. */
const ROLES = ['roles/workflows.invoker', 'roles/eventarc.eventReceiver'];

/** Starts a workflow for each message of a topic. Its argument is a CloudEvent. */
export function topicTrigger(
  scope: Construct,
  id: string,
  { name, location, topic, workflow, account }: TopicTriggerProps,
): GoogleResource<'google_eventarc_trigger'> {
  const { project, region } = location;
  claimName(scope, 'trigger', name);
  return new GoogleResource(
    scope,
    id,
    'google_eventarc_trigger',
    {
      name,
      project,
      location: region,
      matching_criteria: [{ attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' }],
      transport: { pubsub: { topic } },
      destination: { workflow },
      service_account: account.email,
    },
    { dependsOn: ROLES.map((role) => grantInProject(scope, project, role, account.member)) },
  );
}
