import { describe, expect, test } from 'vitest';
import { NAME_ARGUMENTS } from '../../lib/google/diff/collisions';
import { STATEFUL_TYPES } from '../../lib/google/diff/stateful';
import type { TerraformDocument } from '../../lib/google/diff/terraform';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { NETWORK, fullConfig, mlopsDocument } from './configs';
import { settled } from './iam';

const CHANGED = `addresses changed. In every stack that is deployed already, Terraform would destroy the resource of the old address and
create one of the new. What holds data refuses to go (prevent_destroy), so the deployment stops; what refuses nothing is lost, and what
has a name (workflow, accounts, roles, topics) fails to be created while its old self still has that name.
Keep the ids. If that is impossible, the new resource says where it was: a \`moved\` block (\`moveFromId('TYPE.OLD_ID')\`).`;

// The fixed config at level 2, in a network, in a stack called Stack, in a construct called Pipeline.

/** What holds state, by address, with its name; neither can change later. */
const STATEFUL: Readonly<Record<string, string>> = {
  'google_bigquery_dataset.Pipeline_Dataset_68303D97': 'churn_mlops',
  'google_bigquery_dataset.Pipeline_FeatureStore_Dataset_6BF4C405': 'churn_features',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_customers_History_C33719B5': 'churn_features/customers__history',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_customers_Newest_67FE823E': 'churn_features/customers__newest',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_customers_Table_A58E966E': 'churn_features/customers',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_regions_History_05AEB6CA': 'churn_features/regions__history',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_regions_Newest_FE6EF471': 'churn_features/regions__newest',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_regions_Table_F8198C9B': 'churn_features/regions',
  'google_bigquery_table.Pipeline_Monitor_Tables_baselines_22F74B24': 'churn_mlops/churn_drift_baselines',
  'google_bigquery_table.Pipeline_Monitor_Tables_counts_7DB7E557': 'churn_mlops/churn_drift_counts',
  'google_bigquery_table.Pipeline_Monitor_Tables_requests_40619ABD': 'churn_mlops/churn_drift_requests',
  'google_bigquery_table.Pipeline_Monitor_Tables_runs_8C45CFB2': 'churn_mlops/churn_drift_runs',
  'google_kms_crypto_key.Pipeline_Key_FA885371': 'churn/data',
  'google_kms_key_ring.Pipeline_Key_KeyRing_91436977': 'churn',
  'google_storage_bucket.Pipeline_Artifacts_Bucket_54FC6776': 'acme-ml-churn-artifacts',
  'google_vertex_ai_endpoint.Pipeline_Endpoint_49BEA893': '8206027287',
  'google_vertex_ai_feature_group.Pipeline_FeatureStore_Groups_customers_Group_0A6D9E23': 'churn_customers',
  'google_vertex_ai_feature_group.Pipeline_FeatureStore_Groups_regions_Group_E4DAEB9E': 'churn_regions',
  'google_vertex_ai_feature_group_feature.Pipeline_FeatureStore_Groups_customers_Features_age_7C903A37':
    'churn_customers/age',
  'google_vertex_ai_feature_group_feature.Pipeline_FeatureStore_Groups_customers_Features_plan_2207370A':
    'churn_customers/plan',
  'google_vertex_ai_feature_group_feature.Pipeline_FeatureStore_Groups_customers_Features_spend_1525ACDC':
    'churn_customers/spend',
  'google_vertex_ai_feature_group_feature.Pipeline_FeatureStore_Groups_regions_Features_population_96069738':
    'churn_regions/population',
  'google_vertex_ai_feature_online_store.Pipeline_FeatureStore_OnlineStore_BAB78023': 'churn_features',
  'google_vertex_ai_feature_online_store_featureview.Pipeline_FeatureStore_Groups_customers_View_ADF7E336':
    'churn_features/customers',
  'google_vertex_ai_feature_online_store_featureview.Pipeline_FeatureStore_Groups_regions_View_926C7994':
    'churn_features/regions',
};

/** Everything else. */
const STATELESS: readonly string[] = [
  'google_bigquery_dataset_iam_member.Pipeline_Dataset_Callers_2500489d_B849F55B',
  'google_bigquery_dataset_iam_member.Pipeline_Dataset_Callers_2d4bed8e_B02D30F1',
  'google_bigquery_dataset_iam_member.Pipeline_Monitor_Access_Tables_72A29148',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_bins_B39CFEF5',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_cells_FC151598',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_column_F2E805DC',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_columns_75D64CF4',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_hours_10360091',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_judge_1270EA86',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_profile_552A7D7A',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_quality_AC1A96F3',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_report_04C10FCC',
  'google_bigquery_routine.Pipeline_Dataset_Routines_drift_rows_8A261F89',
  'google_bigquery_routine.Pipeline_Dataset_Routines_program_A2F9D662',
  'google_cloud_scheduler_job.Pipeline_Endpoint_Deployer_Schedule_CA545AAA',
  'google_cloud_scheduler_job.Pipeline_Monitor_Schedule_CA6DDBB1',
  'google_cloud_scheduler_job.Pipeline_Training_Schedule_88FE9A40',
  'google_eventarc_trigger.Pipeline_Endpoint_Deployer_Approvals_424B1DD9',
  'google_eventarc_trigger.Pipeline_Endpoint_Deployer_PolicyEvents_Trigger_1E15DCE6',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-bigQuery_BA9522A2',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-pubSub_DA5E5CDA',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-storage_210F4D71',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-vertexAi_F2B7F4D5',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-workflows_B8B77883',
  'google_logging_project_sink.Pipeline_Registry_Sink_AF3B9FAB',
  'google_monitoring_alert_policy.Pipeline_Endpoint_Deployer_FailureAlarm_173D4451',
  'google_monitoring_alert_policy.Pipeline_Endpoint_Deployer_MissedScheduleAlarm_777C6931',
  'google_monitoring_alert_policy.Pipeline_Endpoint_Deployer_ToldAlarm_82930675',
  'google_monitoring_alert_policy.Pipeline_Endpoint_FailedAlarm_6933B02F',
  'google_monitoring_alert_policy.Pipeline_Endpoint_RefusedAlarm_AF329BD1',
  'google_monitoring_alert_policy.Pipeline_Endpoint_SlowAlarm_F31DA118',
  'google_monitoring_alert_policy.Pipeline_Monitor_FailureAlarm_D22F33FD',
  'google_monitoring_alert_policy.Pipeline_Monitor_MissedScheduleAlarm_693A9699',
  'google_monitoring_alert_policy.Pipeline_Monitor_ToldAlarm_4EAEEF0E',
  'google_monitoring_alert_policy.Pipeline_Training_FailureAlarm_6507EF14',
  'google_monitoring_alert_policy.Pipeline_Training_MissedScheduleAlarm_D0179EBE',
  'google_monitoring_dashboard.Pipeline_Dashboard_BC312C7E',
  'google_monitoring_notification_channel.Pipeline_Notifications_ml-oncallexamplecom_F2AACA3E',
  'google_project_iam_custom_role.Pipeline_Dataset_Role_F1214C78',
  'google_project_iam_custom_role.Pipeline_Endpoint_Deployer_Roles_deploy-start_Role_AFB09C63',
  'google_project_iam_custom_role.Pipeline_Endpoint_Deployer_Roles_deployer_Role_0B517AE7',
  'google_project_iam_custom_role.Pipeline_Endpoint_Deployer_Roles_operate_Role_D68C75EC',
  'google_project_iam_custom_role.Pipeline_Endpoint_InvokeRole_C5C3EAB0',
  'google_project_iam_custom_role.Pipeline_Monitor_Roles_monitor-operate_Role_164120C4',
  'google_project_iam_custom_role.Pipeline_Monitor_Roles_monitor-read_Role_D12FE5E4',
  'google_project_iam_custom_role.Pipeline_Monitor_Roles_monitor-start_Role_9173B832',
  'google_project_iam_custom_role.Pipeline_Monitor_Roles_monitor-write_Role_79795168',
  'google_project_iam_custom_role.Pipeline_Monitor_Roles_monitor_Role_E5A11A8C',
  'google_project_iam_custom_role.Pipeline_Registry_Role-approve_Role_F74BF0CC',
  'google_project_iam_custom_role.Pipeline_Registry_Role-read_Role_FBACE75D',
  'google_project_iam_custom_role.Pipeline_Registry_Role-register_Role_3E8E0113',
  'google_project_iam_custom_role.Pipeline_Training_Roles_jobs_Role_38F4EFE4',
  'google_project_iam_custom_role.Pipeline_Training_Roles_start_Role_6F398AB3',
  'google_project_iam_custom_role.Pipeline_Training_Roles_workflow_Role_4C43DE72',
  'google_project_iam_member.ProjectMembers_acme-ml184100bf0c79b419_75FD5018',
  'google_project_iam_member.ProjectMembers_acme-ml3ae2d7f20c79b419_2256D856',
  'google_project_iam_member.ProjectMembers_acme-ml3e1847e5b4cc9cfc_0C6C8D38',
  'google_project_iam_member.ProjectMembers_acme-ml4228bdc31300f2eb_52F937BD',
  'google_project_iam_member.ProjectMembers_acme-ml5f752eea0c79b419_7FA12A31',
  'google_project_iam_member.ProjectMembers_acme-ml5f752eea2500489d_C2341D4A',
  'google_project_iam_member.ProjectMembers_acme-ml5f752eeaca613f12_3438D9DC',
  'google_project_iam_member.ProjectMembers_acme-ml6573ec9b2500489d_C7BFDE62',
  'google_project_iam_member.ProjectMembers_acme-mlb91275901300f2eb_63FE9429',
  'google_project_iam_member.ProjectMembers_acme-mlbb27bcb20c79b419_BB3BF2D4',
  'google_project_iam_member.ProjectMembers_acme-mlbb27bcb22500489d_15B2E2CF',
  'google_project_iam_member.ProjectMembers_acme-mlc1a1f0c02d4bed8e_285B4845',
  'google_project_iam_member.ProjectMembers_acme-mlf7f9a27a9a58648b_47BE6CCC',
  'google_project_iam_member.ProjectMembers_acme-mlroleseventarceventReceiverb4cc9cfc_84BB1991',
  'google_project_iam_member.ProjectMembers_acme-mlroleslogginglogWriter0c79b419_AB791FDB',
  'google_project_iam_member.ProjectMembers_acme-mlroleslogginglogWriter1300f2eb_198D4E29',
  'google_project_iam_member.ProjectMembers_acme-mlroleslogginglogWriter2500489d_83D3EE4A',
  'google_project_iam_member.ProjectMembers_acme-mlroleslogginglogWriter2d4bed8e_1EF72D5D',
  'google_project_iam_member.ProjectMembers_acme-mlroleslogginglogWriter8ac13a83_827D59BA',
  'google_project_iam_member.ProjectMembers_acme-mlrolesworkflowsinvokerb4cc9cfc_4D13D91C',
  'google_pubsub_topic.Pipeline_Endpoint_Deployer_PolicyEvents_Topic_1820189D',
  'google_pubsub_topic.Pipeline_Monitor_Topic_3B2A544B',
  'google_pubsub_topic.Pipeline_Registry_Approvals_A4287B2D',
  'google_pubsub_topic_iam_member.Pipeline_Endpoint_Deployer_PolicyEvents_Publisher_293A4439',
  'google_pubsub_topic_iam_member.Pipeline_Monitor_Access_Publishes_7274C513',
  'google_pubsub_topic_iam_member.Pipeline_Registry_SinkWriter_E0E2326D',
  'google_service_account.Pipeline_Endpoint_Deployer_deploy-start_Account_9AE51A0C',
  'google_service_account.Pipeline_Endpoint_Deployer_deployer_Account_12E07419',
  'google_service_account.Pipeline_Endpoint_serving_Account_928DB93F',
  'google_service_account.Pipeline_Monitor_monitor-start_Account_F6459F8A',
  'google_service_account.Pipeline_Monitor_monitor_Account_8CAAEFBA',
  'google_service_account.Pipeline_Training_SchedulerAccount_DC649FA8',
  'google_service_account.Pipeline_Training_TrainingAccount_9146D9F1',
  'google_service_account.Pipeline_Training_WorkflowAccount_E300BFDE',
  'google_service_account_iam_member.Pipeline_Endpoint_serving_Users_2d4bed8e_85E22345',
  'google_service_account_iam_member.Pipeline_Endpoint_serving_Users_Serving_988E1461',
  'google_service_account_iam_member.Pipeline_Training_TrainingAccount_Users_0c79b419_474C5712',
  'google_service_account_iam_member.Pipeline_Training_TrainingAccount_Users_1300f2eb_EF6EC7C8',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser1300f2ebtrainingchurncheckpoints_0FA0C4B8',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser1300f2ebtrainingchurndata_44FA123C',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser1300f2ebtrainingchurnexecutions_C35B2539',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser2500489ddriftchurnbaselines_597BD42D',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser2500489ddriftchurnlatest_E716BA4C',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser2500489ddriftchurnpieces_95916435',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser2500489ddriftchurnrecord_70B669DE',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser2500489ddriftchurnreports_83D504B5',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser2d4bed8edeploymentschurnrecord_6EDB9C59',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer0c79b419trainingchurnpipeline_32624D83',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer1300f2ebtrainingchurn_DEAB2E8D',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer2500489ddeploymentschurn_1B687EAE',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer2500489ddriftchurn_44EF1FE8',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer2500489dprograms_BCF96FD2',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer2500489dtrainingchurn_61E2ED2A',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer2d4bed8edeploymentschurn_681A886A',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer2d4bed8edriftchurnbaselines_E0AFF65A',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer2d4bed8eprograms_77D5468C',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer8ac13a83training_765A363E',
  'google_storage_bucket_iam_member.Pipeline_Monitor_Access_Data-acme-data_Members_rolesstorageobjectViewer2500489dchurntrain_CF7856FE',
  'google_storage_bucket_iam_member.Pipeline_Monitor_Access_Data-acme-data_Members_rolesstorageobjectViewer2500489doutcomes_70099E7C',
  'google_storage_bucket_iam_member.Pipeline_Training_Jobs_Data-acme-data_Members_rolesstorageobjectViewer1300f2ebchurntrain_F5F89493',
  'google_storage_bucket_object.Pipeline_Dataset_Library_F9368891',
  'google_storage_bucket_object.Pipeline_Endpoint_Policy_C3D26AA2',
  'google_storage_bucket_object.Pipeline_Monitor_Rules_FF100C91',
  'google_storage_bucket_object.Pipeline_Training_Definition_24E96D01',
  'google_storage_bucket_object.Pipeline_Training_Source_Archive_C1140F0E',
  'google_storage_bucket_object.Pipeline_Training_Source_Program_4BCDC4BC',
  'google_storage_notification.Pipeline_Endpoint_Deployer_PolicyEvents_Notification_99C5D1A3',
  'google_workflows_workflow.Pipeline_Endpoint_Deployer_Workflow_1ACE8785',
  'google_workflows_workflow.Pipeline_Monitor_Workflow_CAA5B800',
  'google_workflows_workflow.Pipeline_Training_Workflow_4B93EEFD',
  'time_sleep.Pipeline_Endpoint_Undeploy_A378E981',
];

const PINNED = [...Object.keys(STATEFUL), ...STATELESS].sort();

const document = mlopsDocument(fullConfig(), () => ({ network: NETWORK }));
const addressesOf = (of: TerraformDocument) => resourcesOf(of).map(({ address }) => address);

describe('addresses', () => {
  test('stay as they are', () => {
    expect(addressesOf(document).sort(), CHANGED).toEqual(PINNED);
  });

  test('stay as they are for what holds state, and so do its names', () => {
    const stateful = resourcesOf(document).filter(({ type }) => type in STATEFUL_TYPES);
    const named = stateful.map(({ address, type, block }) => {
      const parts = NAME_ARGUMENTS[type].filter(
        (name) => name !== 'project' && name !== 'region' && name !== 'location',
      );
      return [address, parts.map((name) => settled(document, block[name])).join('/')];
    });
    expect(Object.fromEntries(named), CHANGED).toEqual(STATEFUL);
  });

  test('depend on nothing but the place in the tree: another config has the same ones', () => {
    const data = { ...fullConfig().data!, training: 'gs://elsewhere/' };
    const other = mlopsDocument(fullConfig({ name: 'fraud', data, monitoring: {} }));
    // Grants are told apart by what they allow and where.
    const isGrant = (address: string) => /_iam_member\.|notification_channel/.test(address);
    const ids = (of: readonly string[]) => of.filter((address) => !isGrant(address)).sort();
    expect(ids(addressesOf(other))).toEqual(ids(PINNED));
  });

  test('hold no level', () => {
    const at = (level: 0 | 1 | 2) => addressesOf(mlopsDocument(fullConfig({ level, capabilities: {} })));
    expect(at(0).filter((address) => !PINNED.includes(address))).toEqual([]);
    expect(at(1).filter((address) => !PINNED.includes(address))).toEqual([]);
    expect(at(2).sort()).toEqual(PINNED);
  });
});
