// Written by tools/generate-resource-types.mjs from lib/google/facts; do not edit.

/** Arguments of resources that provider 6.50.0, 7.45.0, 8.0.0 before its release all have. */
export interface BigqueryDataset {
  readonly access?: ReadonlyArray<{
    readonly condition?: {
      readonly description?: string;
      readonly expression: string;
      readonly location?: string;
      readonly title?: string;
    };
    readonly dataset?: {
      readonly dataset: {
        readonly dataset_id: string;
        readonly project_id: string;
      };
      readonly target_types: readonly string[];
    };
    readonly domain?: string;
    readonly group_by_email?: string;
    readonly iam_member?: string;
    readonly role?: string;
    readonly routine?: {
      readonly dataset_id: string;
      readonly project_id: string;
      readonly routine_id: string;
    };
    readonly special_group?: string;
    readonly user_by_email?: string;
    readonly view?: {
      readonly dataset_id: string;
      readonly project_id: string;
      readonly table_id: string;
    };
  }>;
  readonly dataset_id: string;
  readonly default_collation?: string;
  readonly default_encryption_configuration?: {
    readonly kms_key_name: string;
  };
  readonly default_partition_expiration_ms?: number;
  readonly default_table_expiration_ms?: number;
  readonly delete_contents_on_destroy?: boolean;
  readonly description?: string;
  readonly external_catalog_dataset_options?: {
    readonly default_storage_location_uri?: string;
    readonly parameters?: Readonly<Record<string, string>>;
  };
  readonly external_dataset_reference?: {
    readonly connection: string;
    readonly external_source: string;
  };
  readonly friendly_name?: string;
  readonly is_case_insensitive?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly location?: string;
  readonly max_time_travel_hours?: string;
  readonly project?: string;
  readonly resource_tags?: Readonly<Record<string, string>>;
  readonly storage_billing_model?: string;
}

export interface BigqueryDatasetIamMember {
  readonly condition?: {
    readonly description?: string;
    readonly expression: string;
    readonly title: string;
  };
  readonly dataset_id: string;
  readonly member: string;
  readonly project?: string;
  readonly role: string;
}

export interface BigqueryRoutine {
  readonly arguments?: ReadonlyArray<{
    readonly argument_kind?: string;
    readonly data_type?: string;
    readonly mode?: string;
    readonly name?: string;
  }>;
  readonly data_governance_type?: string;
  readonly dataset_id: string;
  readonly definition_body: string;
  readonly description?: string;
  readonly determinism_level?: string;
  readonly imported_libraries?: readonly string[];
  readonly language?: string;
  readonly project?: string;
  readonly remote_function_options?: {
    readonly connection?: string;
    readonly endpoint?: string;
    readonly max_batching_rows?: string;
    readonly user_defined_context?: Readonly<Record<string, string>>;
  };
  readonly return_table_type?: string;
  readonly return_type?: string;
  readonly routine_id: string;
  readonly routine_type: string;
  readonly security_mode?: string;
  readonly spark_options?: {
    readonly archive_uris?: readonly string[];
    readonly connection?: string;
    readonly container_image?: string;
    readonly file_uris?: readonly string[];
    readonly jar_uris?: readonly string[];
    readonly main_class?: string;
    readonly main_file_uri?: string;
    readonly properties?: Readonly<Record<string, string>>;
    readonly py_file_uris?: readonly string[];
    readonly runtime_version?: string;
  };
}

export interface BigqueryTable {
  readonly biglake_configuration?: {
    readonly connection_id: string;
    readonly file_format: string;
    readonly storage_uri: string;
    readonly table_format: string;
  };
  readonly clustering?: readonly string[];
  readonly dataset_id: string;
  readonly deletion_protection?: boolean;
  readonly description?: string;
  readonly encryption_configuration?: {
    readonly kms_key_name: string;
  };
  readonly expiration_time?: number;
  readonly external_catalog_table_options?: {
    readonly connection_id?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly storage_descriptor?: {
      readonly input_format?: string;
      readonly location_uri?: string;
      readonly output_format?: string;
      readonly serde_info?: {
        readonly name?: string;
        readonly parameters?: Readonly<Record<string, string>>;
        readonly serialization_library: string;
      };
    };
  };
  readonly external_data_configuration?: {
    readonly autodetect: boolean;
    readonly avro_options?: {
      readonly use_avro_logical_types: boolean;
    };
    readonly bigtable_options?: {
      readonly column_family?: ReadonlyArray<{
        readonly column?: ReadonlyArray<{
          readonly encoding?: string;
          readonly field_name?: string;
          readonly only_read_latest?: boolean;
          readonly qualifier_encoded?: string;
          readonly qualifier_string?: string;
          readonly type?: string;
        }>;
        readonly encoding?: string;
        readonly family_id?: string;
        readonly only_read_latest?: boolean;
        readonly type?: string;
      }>;
      readonly ignore_unspecified_column_families?: boolean;
      readonly output_column_families_as_json?: boolean;
      readonly read_rowkey_as_string?: boolean;
    };
    readonly compression?: string;
    readonly connection_id?: string;
    readonly csv_options?: {
      readonly allow_jagged_rows?: boolean;
      readonly allow_quoted_newlines?: boolean;
      readonly encoding?: string;
      readonly field_delimiter?: string;
      readonly quote: string;
      readonly skip_leading_rows?: number;
    };
    readonly file_set_spec_type?: string;
    readonly google_sheets_options?: {
      readonly range?: string;
      readonly skip_leading_rows?: number;
    };
    readonly hive_partitioning_options?: {
      readonly mode?: string;
      readonly require_partition_filter?: boolean;
      readonly source_uri_prefix?: string;
    };
    readonly ignore_unknown_values?: boolean;
    readonly json_extension?: string;
    readonly json_options?: {
      readonly encoding?: string;
    };
    readonly max_bad_records?: number;
    readonly metadata_cache_mode?: string;
    readonly object_metadata?: string;
    readonly parquet_options?: {
      readonly enable_list_inference?: boolean;
      readonly enum_as_string?: boolean;
    };
    readonly reference_file_schema_uri?: string;
    readonly schema?: string;
    readonly source_format?: string;
    readonly source_uris: readonly string[];
  };
  readonly friendly_name?: string;
  readonly ignore_auto_generated_schema?: boolean;
  readonly ignore_schema_changes?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly materialized_view?: {
    readonly allow_non_incremental_definition?: boolean;
    readonly enable_refresh?: boolean;
    readonly query: string;
    readonly refresh_interval_ms?: number;
  };
  readonly max_staleness?: string;
  readonly project?: string;
  readonly range_partitioning?: {
    readonly field: string;
    readonly range: {
      readonly end: number;
      readonly interval: number;
      readonly start: number;
    };
  };
  readonly require_partition_filter?: boolean;
  readonly resource_tags?: Readonly<Record<string, string>>;
  readonly schema?: string;
  readonly schema_foreign_type_info?: {
    readonly type_system: string;
  };
  readonly table_constraints?: {
    readonly foreign_keys?: ReadonlyArray<{
      readonly column_references: {
        readonly referenced_column: string;
        readonly referencing_column: string;
      };
      readonly name?: string;
      readonly referenced_table: {
        readonly dataset_id: string;
        readonly project_id: string;
        readonly table_id: string;
      };
    }>;
    readonly primary_key?: {
      readonly columns: readonly string[];
    };
  };
  readonly table_id: string;
  readonly table_metadata_view?: string;
  readonly table_replication_info?: {
    readonly replication_interval_ms?: number;
    readonly source_dataset_id: string;
    readonly source_project_id: string;
    readonly source_table_id: string;
  };
  readonly time_partitioning?: {
    readonly expiration_ms?: number;
    readonly field?: string;
    readonly require_partition_filter?: boolean;
    readonly type: string;
  };
  readonly view?: {
    readonly query: string;
    readonly use_legacy_sql?: boolean;
  };
}

export interface BigqueryTableIamMember {
  readonly condition?: {
    readonly description?: string;
    readonly expression: string;
    readonly title: string;
  };
  readonly dataset_id: string;
  readonly member: string;
  readonly project?: string;
  readonly role: string;
  readonly table_id: string;
}

export interface CloudSchedulerJob {
  readonly app_engine_http_target?: {
    readonly app_engine_routing?: {
      readonly instance?: string;
      readonly service?: string;
      readonly version?: string;
    };
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly http_method?: string;
    readonly relative_uri: string;
  };
  readonly attempt_deadline?: string;
  readonly description?: string;
  readonly http_target?: {
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly http_method?: string;
    readonly oauth_token?: {
      readonly scope?: string;
      readonly service_account_email: string;
    };
    readonly oidc_token?: {
      readonly audience?: string;
      readonly service_account_email: string;
    };
    readonly uri: string;
  };
  readonly name: string;
  readonly paused?: boolean;
  readonly project?: string;
  readonly pubsub_target?: {
    readonly attributes?: Readonly<Record<string, string>>;
    readonly data?: string;
    readonly topic_name: string;
  };
  readonly region?: string;
  readonly retry_config?: {
    readonly max_backoff_duration?: string;
    readonly max_doublings?: number;
    readonly max_retry_duration?: string;
    readonly min_backoff_duration?: string;
    readonly retry_count?: number;
  };
  readonly schedule?: string;
  readonly time_zone?: string;
}

export interface EventarcTrigger {
  readonly channel?: string;
  readonly destination: {
    readonly cloud_run_service?: {
      readonly path?: string;
      readonly region?: string;
      readonly service: string;
    };
    readonly gke?: {
      readonly cluster: string;
      readonly location: string;
      readonly namespace: string;
      readonly path?: string;
      readonly service: string;
    };
    readonly http_endpoint?: {
      readonly uri: string;
    };
    readonly network_config?: {
      readonly network_attachment: string;
    };
    readonly workflow?: string;
  };
  readonly event_data_content_type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly location: string;
  readonly matching_criteria: ReadonlyArray<{
    readonly attribute: string;
    readonly operator?: string;
    readonly value: string;
  }>;
  readonly name: string;
  readonly project?: string;
  readonly service_account?: string;
  readonly transport?: {
    readonly pubsub?: {
      readonly topic?: string;
    };
  };
}

export interface KmsCryptoKey {
  readonly crypto_key_backend?: string;
  readonly destroy_scheduled_duration?: string;
  readonly import_only?: boolean;
  readonly key_ring: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name: string;
  readonly purpose?: string;
  readonly rotation_period?: string;
  readonly skip_initial_version_creation?: boolean;
  readonly version_template?: {
    readonly algorithm: string;
    readonly protection_level?: string;
  };
}

export interface KmsCryptoKeyIamMember {
  readonly condition?: {
    readonly description?: string;
    readonly expression: string;
    readonly title: string;
  };
  readonly crypto_key_id: string;
  readonly member: string;
  readonly role: string;
}

export interface KmsKeyRing {
  readonly location: string;
  readonly name: string;
  readonly project?: string;
}

export interface LoggingProjectSink {
  readonly bigquery_options?: {
    readonly use_partitioned_tables: boolean;
  };
  readonly custom_writer_identity?: string;
  readonly description?: string;
  readonly destination: string;
  readonly disabled?: boolean;
  readonly exclusions?: ReadonlyArray<{
    readonly description?: string;
    readonly disabled?: boolean;
    readonly filter: string;
    readonly name: string;
  }>;
  readonly filter?: string;
  readonly name: string;
  readonly project?: string;
  readonly unique_writer_identity?: boolean;
}

export interface MonitoringAlertPolicy {
  readonly alert_strategy?: {
    readonly auto_close?: string;
    readonly notification_channel_strategy?: ReadonlyArray<{
      readonly notification_channel_names?: readonly string[];
      readonly renotify_interval?: string;
    }>;
    readonly notification_prompts?: readonly string[];
    readonly notification_rate_limit?: {
      readonly period?: string;
    };
  };
  readonly combiner: string;
  readonly conditions: ReadonlyArray<{
    readonly condition_absent?: {
      readonly aggregations?: ReadonlyArray<{
        readonly alignment_period?: string;
        readonly cross_series_reducer?: string;
        readonly group_by_fields?: readonly string[];
        readonly per_series_aligner?: string;
      }>;
      readonly duration: string;
      readonly filter?: string;
      readonly trigger?: {
        readonly count?: number;
        readonly percent?: number;
      };
    };
    readonly condition_matched_log?: {
      readonly filter: string;
      readonly label_extractors?: Readonly<Record<string, string>>;
    };
    readonly condition_monitoring_query_language?: {
      readonly duration: string;
      readonly evaluation_missing_data?: string;
      readonly query: string;
      readonly trigger?: {
        readonly count?: number;
        readonly percent?: number;
      };
    };
    readonly condition_prometheus_query_language?: {
      readonly alert_rule?: string;
      readonly disable_metric_validation?: boolean;
      readonly duration?: string;
      readonly evaluation_interval?: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly query: string;
      readonly rule_group?: string;
    };
    readonly condition_sql?: {
      readonly boolean_test?: {
        readonly column: string;
      };
      readonly daily?: {
        readonly execution_time?: {
          readonly hours?: number;
          readonly minutes?: number;
          readonly nanos?: number;
          readonly seconds?: number;
        };
        readonly periodicity: number;
      };
      readonly hourly?: {
        readonly minute_offset?: number;
        readonly periodicity: number;
      };
      readonly minutes?: {
        readonly periodicity: number;
      };
      readonly query: string;
      readonly row_count_test?: {
        readonly comparison: string;
        readonly threshold: number;
      };
    };
    readonly condition_threshold?: {
      readonly aggregations?: ReadonlyArray<{
        readonly alignment_period?: string;
        readonly cross_series_reducer?: string;
        readonly group_by_fields?: readonly string[];
        readonly per_series_aligner?: string;
      }>;
      readonly comparison: string;
      readonly denominator_aggregations?: ReadonlyArray<{
        readonly alignment_period?: string;
        readonly cross_series_reducer?: string;
        readonly group_by_fields?: readonly string[];
        readonly per_series_aligner?: string;
      }>;
      readonly denominator_filter?: string;
      readonly duration: string;
      readonly evaluation_missing_data?: string;
      readonly filter?: string;
      readonly forecast_options?: {
        readonly forecast_horizon: string;
      };
      readonly threshold_value?: number;
      readonly trigger?: {
        readonly count?: number;
        readonly percent?: number;
      };
    };
    readonly display_name: string;
  }>;
  readonly display_name: string;
  readonly documentation?: {
    readonly content?: string;
    readonly links?: ReadonlyArray<{
      readonly display_name?: string;
      readonly url?: string;
    }>;
    readonly mime_type?: string;
    readonly subject?: string;
  };
  readonly enabled?: boolean;
  readonly notification_channels?: readonly string[];
  readonly project?: string;
  readonly severity?: string;
  readonly user_labels?: Readonly<Record<string, string>>;
}

export interface MonitoringDashboard {
  readonly dashboard_json: string;
  readonly project?: string;
}

export interface MonitoringNotificationChannel {
  readonly description?: string;
  readonly display_name?: string;
  readonly enabled?: boolean;
  readonly force_delete?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly project?: string;
  readonly sensitive_labels?: {
    readonly auth_token?: string;
    readonly password?: string;
    readonly service_key?: string;
  };
  readonly type: string;
  readonly user_labels?: Readonly<Record<string, string>>;
}

export interface ProjectIamCustomRole {
  readonly description?: string;
  readonly permissions: readonly string[];
  readonly project?: string;
  readonly role_id: string;
  readonly stage?: string;
  readonly title: string;
}

export interface ProjectIamMember {
  readonly condition?: {
    readonly description?: string;
    readonly expression: string;
    readonly title: string;
  };
  readonly member: string;
  readonly project: string;
  readonly role: string;
}

export interface PubsubSubscription {
  readonly ack_deadline_seconds?: number;
  readonly bigquery_config?: {
    readonly drop_unknown_fields?: boolean;
    readonly service_account_email?: string;
    readonly table: string;
    readonly use_table_schema?: boolean;
    readonly use_topic_schema?: boolean;
    readonly write_metadata?: boolean;
  };
  readonly cloud_storage_config?: {
    readonly avro_config?: {
      readonly use_topic_schema?: boolean;
      readonly write_metadata?: boolean;
    };
    readonly bucket: string;
    readonly filename_datetime_format?: string;
    readonly filename_prefix?: string;
    readonly filename_suffix?: string;
    readonly max_bytes?: number;
    readonly max_duration?: string;
    readonly max_messages?: number;
    readonly service_account_email?: string;
  };
  readonly dead_letter_policy?: {
    readonly dead_letter_topic?: string;
    readonly max_delivery_attempts?: number;
  };
  readonly enable_exactly_once_delivery?: boolean;
  readonly enable_message_ordering?: boolean;
  readonly expiration_policy?: {
    readonly ttl: string;
  };
  readonly filter?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly message_retention_duration?: string;
  readonly message_transforms?: ReadonlyArray<{
    readonly disabled?: boolean;
    readonly javascript_udf?: {
      readonly code: string;
      readonly function_name: string;
    };
  }>;
  readonly name: string;
  readonly project?: string;
  readonly push_config?: {
    readonly attributes?: Readonly<Record<string, string>>;
    readonly no_wrapper?: {
      readonly write_metadata: boolean;
    };
    readonly oidc_token?: {
      readonly audience?: string;
      readonly service_account_email: string;
    };
    readonly push_endpoint: string;
  };
  readonly retain_acked_messages?: boolean;
  readonly retry_policy?: {
    readonly maximum_backoff?: string;
    readonly minimum_backoff?: string;
  };
  readonly topic: string;
}

export interface PubsubTopic {
  readonly ingestion_data_source_settings?: {
    readonly aws_kinesis?: {
      readonly aws_role_arn: string;
      readonly consumer_arn: string;
      readonly gcp_service_account: string;
      readonly stream_arn: string;
    };
    readonly aws_msk?: {
      readonly aws_role_arn: string;
      readonly cluster_arn: string;
      readonly gcp_service_account: string;
      readonly topic: string;
    };
    readonly azure_event_hubs?: {
      readonly client_id?: string;
      readonly event_hub?: string;
      readonly gcp_service_account?: string;
      readonly namespace?: string;
      readonly resource_group?: string;
      readonly subscription_id?: string;
      readonly tenant_id?: string;
    };
    readonly cloud_storage?: {
      readonly avro_format?: Readonly<Record<string, never>>;
      readonly bucket: string;
      readonly match_glob?: string;
      readonly minimum_object_create_time?: string;
      readonly pubsub_avro_format?: Readonly<Record<string, never>>;
      readonly text_format?: {
        readonly delimiter?: string;
      };
    };
    readonly confluent_cloud?: {
      readonly bootstrap_server: string;
      readonly cluster_id?: string;
      readonly gcp_service_account: string;
      readonly identity_pool_id: string;
      readonly topic: string;
    };
    readonly platform_logs_settings?: {
      readonly severity?: string;
    };
  };
  readonly kms_key_name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly message_retention_duration?: string;
  readonly message_storage_policy?: {
    readonly allowed_persistence_regions: readonly string[];
    readonly enforce_in_transit?: boolean;
  };
  readonly message_transforms?: ReadonlyArray<{
    readonly disabled?: boolean;
    readonly javascript_udf?: {
      readonly code: string;
      readonly function_name: string;
    };
  }>;
  readonly name: string;
  readonly project?: string;
  readonly schema_settings?: {
    readonly encoding?: string;
    readonly schema: string;
  };
}

export interface PubsubTopicIamMember {
  readonly condition?: {
    readonly description?: string;
    readonly expression: string;
    readonly title: string;
  };
  readonly member: string;
  readonly project?: string;
  readonly role: string;
  readonly topic: string;
}

export interface ServiceAccount {
  readonly account_id: string;
  readonly create_ignore_already_exists?: boolean;
  readonly description?: string;
  readonly disabled?: boolean;
  readonly display_name?: string;
  readonly project?: string;
}

export interface ServiceAccountIamMember {
  readonly condition?: {
    readonly description?: string;
    readonly expression: string;
    readonly title: string;
  };
  readonly member: string;
  readonly role: string;
  readonly service_account_id: string;
}

export interface StorageBucket {
  readonly autoclass?: {
    readonly enabled: boolean;
    readonly terminal_storage_class?: string;
  };
  readonly cors?: ReadonlyArray<{
    readonly max_age_seconds?: number;
    readonly method?: readonly string[];
    readonly origin?: readonly string[];
    readonly response_header?: readonly string[];
  }>;
  readonly custom_placement_config?: {
    readonly data_locations: readonly string[];
  };
  readonly default_event_based_hold?: boolean;
  readonly enable_object_retention?: boolean;
  readonly encryption?: {
    readonly default_kms_key_name: string;
  };
  readonly force_destroy?: boolean;
  readonly hierarchical_namespace?: {
    readonly enabled: boolean;
  };
  readonly ip_filter?: {
    readonly allow_all_service_agent_access?: boolean;
    readonly allow_cross_org_vpcs?: boolean;
    readonly mode: string;
    readonly public_network_source?: {
      readonly allowed_ip_cidr_ranges: readonly string[];
    };
    readonly vpc_network_sources?: ReadonlyArray<{
      readonly allowed_ip_cidr_ranges: readonly string[];
      readonly network: string;
    }>;
  };
  readonly labels?: Readonly<Record<string, string>>;
  readonly lifecycle_rule?: ReadonlyArray<{
    readonly action: {
      readonly storage_class?: string;
      readonly type: string;
    };
    readonly condition: {
      readonly age?: number;
      readonly created_before?: string;
      readonly custom_time_before?: string;
      readonly days_since_custom_time?: number;
      readonly days_since_noncurrent_time?: number;
      readonly matches_prefix?: readonly string[];
      readonly matches_storage_class?: readonly string[];
      readonly matches_suffix?: readonly string[];
      readonly noncurrent_time_before?: string;
      readonly num_newer_versions?: number;
      readonly send_age_if_zero?: boolean;
      readonly send_days_since_custom_time_if_zero?: boolean;
      readonly send_days_since_noncurrent_time_if_zero?: boolean;
      readonly send_num_newer_versions_if_zero?: boolean;
      readonly with_state?: string;
    };
  }>;
  readonly location: string;
  readonly logging?: {
    readonly log_bucket: string;
    readonly log_object_prefix?: string;
  };
  readonly name: string;
  readonly project?: string;
  readonly public_access_prevention?: string;
  readonly requester_pays?: boolean;
  readonly retention_policy?: {
    readonly is_locked?: boolean;
    readonly retention_period: number | string;
  };
  readonly rpo?: string;
  readonly soft_delete_policy?: {
    readonly retention_duration_seconds?: number;
  };
  readonly storage_class?: string;
  readonly uniform_bucket_level_access?: boolean;
  readonly versioning?: {
    readonly enabled: boolean;
  };
  readonly website?: {
    readonly main_page_suffix?: string;
    readonly not_found_page?: string;
  };
}

export interface StorageBucketIamMember {
  readonly bucket: string;
  readonly condition?: {
    readonly description?: string;
    readonly expression: string;
    readonly title: string;
  };
  readonly member: string;
  readonly role: string;
}

export interface StorageBucketObject {
  readonly bucket: string;
  readonly cache_control?: string;
  readonly content?: string;
  readonly content_disposition?: string;
  readonly content_encoding?: string;
  readonly content_language?: string;
  readonly content_type?: string;
  readonly customer_encryption?: {
    readonly encryption_algorithm?: string;
    readonly encryption_key: string;
  };
  readonly deletion_policy?: string;
  readonly detect_md5hash?: string;
  readonly event_based_hold?: boolean;
  readonly force_empty_content_type?: boolean;
  readonly kms_key_name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly name: string;
  readonly retention?: {
    readonly mode: string;
    readonly retain_until_time: string;
  };
  readonly source?: string;
  readonly source_md5hash?: string;
  readonly storage_class?: string;
  readonly temporary_hold?: boolean;
}

export interface StorageNotification {
  readonly bucket: string;
  readonly custom_attributes?: Readonly<Record<string, string>>;
  readonly event_types?: readonly string[];
  readonly object_name_prefix?: string;
  readonly payload_format: string;
  readonly topic: string;
}

export interface VertexAiEndpoint {
  readonly dedicated_endpoint_enabled?: boolean;
  readonly description?: string;
  readonly display_name: string;
  readonly encryption_spec?: {
    readonly kms_key_name: string;
  };
  readonly labels?: Readonly<Record<string, string>>;
  readonly location: string;
  readonly name: string;
  readonly network?: string;
  readonly predict_request_response_logging_config?: {
    readonly bigquery_destination?: {
      readonly output_uri?: string;
    };
    readonly enabled?: boolean;
    readonly sampling_rate?: number;
  };
  readonly private_service_connect_config?: {
    readonly enable_private_service_connect: boolean;
    readonly project_allowlist?: readonly string[];
  };
  readonly project?: string;
  readonly region?: string;
  readonly traffic_split?: string;
}

export interface VertexAiFeatureGroup {
  readonly big_query?: {
    readonly big_query_source: {
      readonly input_uri: string;
    };
    readonly entity_id_columns?: readonly string[];
  };
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly project?: string;
  readonly region?: string;
}

export interface VertexAiFeatureGroupFeature {
  readonly description?: string;
  readonly feature_group: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name: string;
  readonly project?: string;
  readonly region: string;
  readonly version_column_name?: string;
}

export interface VertexAiFeatureOnlineStore {
  readonly bigtable?: {
    readonly auto_scaling: {
      readonly cpu_utilization_target?: number;
      readonly max_node_count: number;
      readonly min_node_count: number;
    };
  };
  readonly dedicated_serving_endpoint?: {
    readonly private_service_connect_config?: {
      readonly enable_private_service_connect: boolean;
      readonly project_allowlist?: readonly string[];
    };
  };
  readonly force_destroy?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name: string;
  readonly optimized?: Readonly<Record<string, never>>;
  readonly project?: string;
  readonly region?: string;
}

export interface VertexAiFeatureOnlineStoreFeatureview {
  readonly big_query_source?: {
    readonly entity_id_columns: readonly string[];
    readonly uri: string;
  };
  readonly feature_online_store: string;
  readonly feature_registry_source?: {
    readonly feature_groups: ReadonlyArray<{
      readonly feature_group_id: string;
      readonly feature_ids: readonly string[];
    }>;
    readonly project_number?: string;
  };
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly project?: string;
  readonly region?: string;
  readonly sync_config?: {
    readonly cron?: string;
  };
}

export interface WorkflowsWorkflow {
  readonly call_log_level?: string;
  readonly crypto_key_name?: string;
  readonly deletion_protection?: boolean;
  readonly description?: string;
  readonly execution_history_level?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly name_prefix?: string;
  readonly project?: string;
  readonly region?: string;
  readonly service_account?: string;
  readonly source_contents: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly user_env_vars?: Readonly<Record<string, string>>;
}

export interface ResourceArguments {
  readonly google_bigquery_dataset: BigqueryDataset;
  readonly google_bigquery_dataset_iam_member: BigqueryDatasetIamMember;
  readonly google_bigquery_routine: BigqueryRoutine;
  readonly google_bigquery_table: BigqueryTable;
  readonly google_bigquery_table_iam_member: BigqueryTableIamMember;
  readonly google_cloud_scheduler_job: CloudSchedulerJob;
  readonly google_eventarc_trigger: EventarcTrigger;
  readonly google_kms_crypto_key: KmsCryptoKey;
  readonly google_kms_crypto_key_iam_member: KmsCryptoKeyIamMember;
  readonly google_kms_key_ring: KmsKeyRing;
  readonly google_logging_project_sink: LoggingProjectSink;
  readonly google_monitoring_alert_policy: MonitoringAlertPolicy;
  readonly google_monitoring_dashboard: MonitoringDashboard;
  readonly google_monitoring_notification_channel: MonitoringNotificationChannel;
  readonly google_project_iam_custom_role: ProjectIamCustomRole;
  readonly google_project_iam_member: ProjectIamMember;
  readonly google_pubsub_subscription: PubsubSubscription;
  readonly google_pubsub_topic: PubsubTopic;
  readonly google_pubsub_topic_iam_member: PubsubTopicIamMember;
  readonly google_service_account: ServiceAccount;
  readonly google_service_account_iam_member: ServiceAccountIamMember;
  readonly google_storage_bucket: StorageBucket;
  readonly google_storage_bucket_iam_member: StorageBucketIamMember;
  readonly google_storage_bucket_object: StorageBucketObject;
  readonly google_storage_notification: StorageNotification;
  readonly google_vertex_ai_endpoint: VertexAiEndpoint;
  readonly google_vertex_ai_feature_group: VertexAiFeatureGroup;
  readonly google_vertex_ai_feature_group_feature: VertexAiFeatureGroupFeature;
  readonly google_vertex_ai_feature_online_store: VertexAiFeatureOnlineStore;
  readonly google_vertex_ai_feature_online_store_featureview: VertexAiFeatureOnlineStoreFeatureview;
  readonly google_workflows_workflow: WorkflowsWorkflow;
}

export interface ProjectSource {
  readonly project_id?: string;
}

export interface StorageProjectServiceAccountSource {
  readonly project?: string;
  readonly user_project?: string;
}

export interface DataSourceArguments {
  readonly google_project: ProjectSource;
  readonly google_storage_project_service_account: StorageProjectServiceAccountSource;
}

export type ResourceType = keyof ResourceArguments;
export type DataSourceType = keyof DataSourceArguments;
