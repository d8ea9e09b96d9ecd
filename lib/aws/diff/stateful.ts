/**
 * Types that hold what a template cannot make again, each with what is lost when the resource goes. Reviewed by hand.
 * `test/aws/diff/stateful.test.ts` compares the list with the specification's own marks.
 */
export const STATEFUL_TYPES: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'its objects',
  'AWS::S3Tables::TableBucket': 'its tables',
  'AWS::KMS::Key': 'everything encrypted with it',
  'AWS::KMS::ReplicaKey': 'everything encrypted with it',
  'AWS::DynamoDB::Table': 'its items',
  'AWS::DynamoDB::GlobalTable': 'its items',
  'AWS::SecretsManager::Secret': 'its values',
  'AWS::ECR::Repository': 'its images',
  'AWS::Glue::Database': 'its tables, which jobs and queries created',
  'AWS::SageMaker::FeatureGroup': 'its online records and the link to its offline table',
  'AWS::SageMaker::ModelPackageGroup': 'its model versions and their approvals',
  'AWS::SageMaker::Endpoint': 'the model that serves',
  'Custom::MlopsModelEndpoint': 'the model that serves',
  'AWS::SageMaker::Domain': "its users' files",
  'AWS::SageMaker::MlflowTrackingServer': 'its experiments',
  'AWS::SageMaker::MlflowApp': 'its experiments',
  'AWS::SageMaker::NotebookInstance': 'its disk',
  'AWS::Backup::BackupVault': 'its recovery points',
  'AWS::Cognito::UserPool': 'its users',
  'AWS::DocDB::DBCluster': 'its data',
  'AWS::DocDB::DBInstance': 'its data',
  'AWS::EC2::Volume': 'its data',
  'AWS::EFS::FileSystem': 'its files',
  'AWS::EMR::Cluster': 'its data',
  'AWS::ElastiCache::CacheCluster': 'its entries',
  'AWS::ElastiCache::ReplicationGroup': 'its entries',
  'AWS::Elasticsearch::Domain': 'its indices',
  'AWS::FSx::FileSystem': 'its files',
  'AWS::Kinesis::Stream': 'its records',
  'AWS::Neptune::DBCluster': 'its data',
  'AWS::Neptune::DBInstance': 'its data',
  'AWS::OpenSearchService::Domain': 'its indices',
  'AWS::Organizations::Account': 'all it holds',
  'AWS::QLDB::Ledger': 'its journal',
  'AWS::RDS::DBCluster': 'its data',
  'AWS::RDS::DBInstance': 'its data',
  'AWS::Redshift::Cluster': 'its data',
  'AWS::SDB::Domain': 'its items',
};

/**
 * Types that look stateful and are not treated so, each with the reason.
 */
export const STATELESS_BY_DECISION: Readonly<Record<string, string>> = {
  'AWS::CloudFormation::Stack': 'what it contains is compared resource by resource',
  'AWS::Logs::LogGroup':
    'a diagnostic history that expires by itself and that nothing reads back; it goes with the function it belongs to',
  'AWS::SQS::Queue':
    'a buffer between two resources of the template; messages live for days at most and go with their consumer',
  'AWS::SNS::Topic': 'its subscriptions stand in templates; recipients of e-mail confirm again',
  'AWS::SageMaker::Pipeline': 'its definition stands in the template; lineage is kept beside the model versions',
};

/** What goes with a resource of this type, or `undefined` where a template makes it again. */
export function stateOf(type: string): string | undefined {
  return STATEFUL_TYPES[type];
}
