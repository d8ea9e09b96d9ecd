/**
 * Types that hold what a deployment cannot make again, each with what is lost when the resource goes. Reviewed by hand; after those
 * of this library come the usual ones that stand beside them in stacks of others.
 */
export const STATEFUL_TYPES: Readonly<Record<string, string>> = {
  google_bigquery_dataset: 'its tables',
  google_bigquery_table: 'its rows',
  google_kms_crypto_key: 'everything encrypted with it: all its versions are destroyed',
  google_kms_key_ring: 'its keys, and everything encrypted with them',
  google_storage_bucket: 'its objects',
  google_vertex_ai_feature_group: 'the registration of its features, which views and trainings read',
  google_vertex_ai_feature_group_feature: 'its registration, which views and trainings read',
  google_vertex_ai_feature_online_store: 'the values that it serves',
  google_vertex_ai_feature_online_store_featureview: 'the values that it serves',

  google_alloydb_cluster: 'its data',
  google_artifact_registry_repository: 'its images and packages',
  google_bigtable_instance: 'its tables',
  google_bigtable_table: 'its rows',
  google_compute_disk: 'its data',
  google_filestore_instance: 'its files',
  google_firestore_database: 'its documents',
  google_project: 'all it holds',
  google_redis_instance: 'its entries',
  google_secret_manager_secret: 'its values',
  google_secret_manager_secret_version: 'its value',
  google_spanner_database: 'its rows',
  google_spanner_instance: 'its databases',
  google_sql_database: 'its rows',
  google_sql_database_instance: 'its databases',
  google_vertex_ai_dataset: 'its items and annotations',
  google_vertex_ai_endpoint: 'the models that it serves',
  google_vertex_ai_featurestore: 'its entities',
  google_vertex_ai_featurestore_entitytype: 'its entities',
  google_vertex_ai_index: 'its vectors',
  google_vertex_ai_tensorboard: 'its experiments',
  google_workbench_instance: 'its disk',
};

/** Types of this library that look stateful and are not treated so, each with the reason. */
export const STATELESS_BY_DECISION: Readonly<Record<string, string>> = {
  google_storage_bucket_object:
    'uploaded from the stack under the hash of its content; what runs keeps its source (ABANDON)',
  google_pubsub_topic: 'a buffer; messages live for days at most, and its subscriptions stand in stacks',
  google_pubsub_subscription: 'a buffer; messages live for days at most and go with their consumer',
  google_monitoring_notification_channel: 'recipients stand in the stack',
  google_project_iam_custom_role:
    'its permissions stand in the stack; the provider restores one that was deleted within 7 days',
  google_service_account: 'an identity without data; its grants stand in stacks',
  google_workflows_workflow: 'its source stands in the stack; lineage is kept beside the model versions',
};

/** What goes with a resource of this type, or `undefined` where a deployment makes it again. */
export function stateOf(type: string): string | undefined {
  return STATEFUL_TYPES[type];
}
