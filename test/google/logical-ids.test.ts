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
  'google_bigquery_dataset.Pipeline_FeatureStore_Dataset_6BF4C405': 'churn_features',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_customers_History_C33719B5': 'churn_features/customers__history',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_customers_Newest_67FE823E': 'churn_features/customers__newest',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_customers_Table_A58E966E': 'churn_features/customers',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_regions_History_05AEB6CA': 'churn_features/regions__history',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_regions_Newest_FE6EF471': 'churn_features/regions__newest',
  'google_bigquery_table.Pipeline_FeatureStore_Groups_regions_Table_F8198C9B': 'churn_features/regions',
  'google_kms_crypto_key.Pipeline_Key_FA885371': 'churn/data',
  'google_kms_key_ring.Pipeline_Key_KeyRing_91436977': 'churn',
  'google_storage_bucket.Pipeline_Artifacts_Bucket_54FC6776': 'acme-ml-churn-artifacts',
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
  'google_cloud_scheduler_job.Pipeline_Training_Schedule_88FE9A40',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-bigQuery_BA9522A2',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-pubSub_DA5E5CDA',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-storage_210F4D71',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-vertexAi_F2B7F4D5',
  'google_kms_crypto_key_iam_member.Pipeline_Key_Allow-workflows_B8B77883',
  'google_logging_project_sink.Pipeline_Registry_Sink_AF3B9FAB',
  'google_monitoring_alert_policy.Pipeline_Training_FailureAlarm_6507EF14',
  'google_monitoring_alert_policy.Pipeline_Training_MissedScheduleAlarm_D0179EBE',
  'google_monitoring_dashboard.Pipeline_Dashboard_BC312C7E',
  'google_monitoring_notification_channel.Pipeline_Notifications_ml-oncallexamplecom_F2AACA3E',
  'google_project_iam_custom_role.Pipeline_Registry_Role-approve_Role_F74BF0CC',
  'google_project_iam_custom_role.Pipeline_Registry_Role-read_Role_FBACE75D',
  'google_project_iam_custom_role.Pipeline_Registry_Role-register_Role_3E8E0113',
  'google_project_iam_custom_role.Pipeline_Training_Roles_jobs_Role_38F4EFE4',
  'google_project_iam_custom_role.Pipeline_Training_Roles_start_Role_6F398AB3',
  'google_project_iam_custom_role.Pipeline_Training_Roles_workflow_Role_4C43DE72',
  'google_project_iam_member.ProjectMembers_acme-ml184100bf0c79b419_75FD5018',
  'google_project_iam_member.ProjectMembers_acme-ml3ae2d7f20c79b419_2256D856',
  'google_project_iam_member.ProjectMembers_acme-ml4228bdc31300f2eb_52F937BD',
  'google_project_iam_member.ProjectMembers_acme-ml5f752eeaca613f12_3438D9DC',
  'google_project_iam_member.ProjectMembers_acme-mlb91275901300f2eb_63FE9429',
  'google_project_iam_member.ProjectMembers_acme-mlbb27bcb20c79b419_BB3BF2D4',
  'google_project_iam_member.ProjectMembers_acme-mlroleslogginglogWriter0c79b419_AB791FDB',
  'google_project_iam_member.ProjectMembers_acme-mlroleslogginglogWriter1300f2eb_198D4E29',
  'google_pubsub_topic.Pipeline_Registry_Approvals_A4287B2D',
  'google_pubsub_topic_iam_member.Pipeline_Registry_SinkWriter_E0E2326D',
  'google_service_account.Pipeline_Training_SchedulerAccount_DC649FA8',
  'google_service_account.Pipeline_Training_TrainingAccount_9146D9F1',
  'google_service_account.Pipeline_Training_WorkflowAccount_E300BFDE',
  'google_service_account_iam_member.Pipeline_Training_TrainingAccount_Users_0c79b419_474C5712',
  'google_service_account_iam_member.Pipeline_Training_TrainingAccount_Users_1300f2eb_EF6EC7C8',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser1300f2ebtrainingchurncheckpoints_0FA0C4B8',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser1300f2ebtrainingchurndata_44FA123C',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectUser1300f2ebtrainingchurnexecutions_C35B2539',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer0c79b419trainingchurnpipeline_32624D83',
  'google_storage_bucket_iam_member.Pipeline_Artifacts_Members_rolesstorageobjectViewer1300f2ebtrainingchurn_DEAB2E8D',
  'google_storage_bucket_iam_member.Pipeline_Training_Jobs_Data-acme-data_Members_rolesstorageobjectViewer1300f2ebchurntrain_F5F89493',
  'google_storage_bucket_object.Pipeline_Training_Definition_24E96D01',
  'google_storage_bucket_object.Pipeline_Training_Source_Archive_C1140F0E',
  'google_storage_bucket_object.Pipeline_Training_Source_Program_4BCDC4BC',
  'google_workflows_workflow.Pipeline_Training_Workflow_4B93EEFD',
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
