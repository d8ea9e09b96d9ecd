import { Construct } from 'constructs';
import type { IArtifactStore } from '../artifact-store';
import { encryptedTopic } from '../encrypted-topic';
import type { IEncryptionKey } from '../encryption-key';
import type { GoogleLocation } from '../google-location';
import { storageServiceAgent } from '../google-location';
import { GoogleResource } from '../l1/google-resource';
import { hyphenated } from '../resource-names';
import type { IServiceAccount } from '../service-account';
import { topicTrigger } from '../topic-trigger';

/** Which object is watched, and what its changes start. */
export interface PolicyEventsProps {
  /** Project and region of bucket, topic and workflow. */
  readonly location: GoogleLocation;
  /** What topic and trigger are named by. */
  readonly name: string;
  readonly artifacts: IArtifactStore;
  /** Name of the object. */
  readonly object: string;
  /** Id of the workflow, `projects/…`. */
  readonly workflow: string;
  /** Account that starts it. */
  readonly account: IServiceAccount;
  readonly encryptionKey: IEncryptionKey;
}

/** Starts a workflow when an object is written or deleted. Messages are lost or doubled at times: what they start must be idempotent. */
export class PolicyEvents extends Construct {
  /** What must stay while the last event is under way. */
  public readonly links: readonly GoogleResource[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PolicyEventsProps,
  ) {
    super(scope, id);
    const name = hyphenated(this, 'name', props.name);
    const topic = encryptedTopic(this, 'Topic', { ...props, name });
    const trigger = topicTrigger(this, 'Trigger', { ...props, name, topic: topic.id });
    this.links = [this.notify(topic), trigger];
  }

  private notify(topic: GoogleResource): GoogleResource {
    const { location, artifacts, object } = this.props;
    const publisher = new GoogleResource(this, 'Publisher', 'google_pubsub_topic_iam_member', {
      project: location.project,
      topic: topic.attribute('name'),
      role: 'roles/pubsub.publisher',
      member: storageServiceAgent(this, location),
    });
    return new GoogleResource(
      this,
      'Notification',
      'google_storage_notification',
      {
        bucket: artifacts.bucketName,
        object_name_prefix: object,
        event_types: ['OBJECT_FINALIZE', 'OBJECT_DELETE'],
        payload_format: 'NONE', // its attributes name the object
        topic: topic.id,
      },
      { dependsOn: [publisher] },
    );
  }
}
