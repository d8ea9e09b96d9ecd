import { createHash } from 'node:crypto';
import type { Construct } from 'constructs';
import type { IArtifactStore } from '../artifact-store';
import { GoogleResource } from '../l1/google-resource';
import { terraformText } from '../terraform-text';

/**
 * A JSON document for a program: an object that is named by what is in it, and never taken away, so that what runs keeps its own. It
 * holds no token.
 *
 * @param folder with a slash at its end
 * @returns name of the object
 */
export function uploadDocument(
  scope: Construct,
  id: string,
  {
    artifacts,
    folder,
    content,
  }: { readonly artifacts: IArtifactStore; readonly folder: string; readonly content: string },
): string {
  const name = `${folder}${createHash('sha256').update(content).digest('hex')}.json`;
  new GoogleResource(scope, id, 'google_storage_bucket_object', {
    bucket: artifacts.bucketName,
    name,
    content: terraformText(content),
    content_type: 'application/json',
    deletion_policy: 'ABANDON',
  });
  return name;
}
