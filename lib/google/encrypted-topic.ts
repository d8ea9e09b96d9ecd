import type { Construct } from 'constructs';
import type { IEncryptionKey } from './encryption-key';
import type { GoogleLocation } from './google-location';
import { GoogleResource } from './l1/google-resource';
import { claimName } from './resource-names';

/** A topic whose messages are encrypted, and stay in their region. */
export function encryptedTopic(
  scope: Construct,
  id: string,
  { name, location, encryptionKey }: { name: string; location: GoogleLocation; encryptionKey: IEncryptionKey },
): GoogleResource<'google_pubsub_topic'> {
  const { project, region } = location;
  claimName(scope, 'topic', name);
  return new GoogleResource(
    scope,
    id,
    'google_pubsub_topic',
    {
      name,
      project,
      kms_key_name: encryptionKey.keyName,
      message_storage_policy: { allowed_persistence_regions: [region] },
    },
    { dependsOn: encryptionKey.allow(location, 'pubSub') },
  );
}
