import type { Construct } from 'constructs';
import type { GoogleLocation } from './google-location';
import { projectNumberOf, storageServiceAgent } from './google-location';

/** A service of Google's that works on a project's data with an account of its own. */
export type GoogleService = 'storage' | 'vertexAi' | 'bigQuery' | 'pubSub' | 'workflows';

/** Account per service, without the number of the project. */
const ADDRESSES: { readonly [service in Exclude<GoogleService, 'storage'>]: readonly [string, string] } = {
  vertexAi: ['service-', '@gcp-sa-aiplatform.iam.gserviceaccount.com'],
  bigQuery: ['bq-', '@bigquery-encryption.iam.gserviceaccount.com'],
  pubSub: ['service-', '@gcp-sa-pubsub.iam.gserviceaccount.com'],
  workflows: ['service-', '@gcp-sa-workflows.iam.gserviceaccount.com'],
};

/**
 * The service agent of a service, as a member. Google creates some of these accounts only when they are asked for: in a new
 * project, `gcloud beta services identity create --service=aiplatform.googleapis.com` (likewise `pubsub`, `workflows`), and
 * `bq show --encryption_service_account` for BigQuery.
 */
export function serviceAgent(scope: Construct, service: GoogleService, location: GoogleLocation): string {
  if (service === 'storage') return storageServiceAgent(scope, location);
  const [start, end] = ADDRESSES[service];
  return `serviceAccount:${start}${projectNumberOf(scope, location)}${end}`;
}
