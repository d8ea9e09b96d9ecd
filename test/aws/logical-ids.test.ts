import type { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { STATEFUL_TYPES } from '../../lib/aws/diff/stateful';
import { MlopsPipeline } from '../../lib/aws/mlops-pipeline';
import { existingVpc, fullConfig, mlopsTemplate, newStack, smallConfig } from './configs';
import { synthesize } from './judges';

const CHANGED = `logical ids changed. In every stack that is deployed already, CloudFormation deletes the resource of the old id and
creates one of the new id. What holds state (buckets, key, feature groups, registry) is left behind or lost, and what has a
fixed name (pipeline, registry, feature groups) fails to be created, because its old self still has the name.
Keep the ids. If that is impossible, it is a breaking change: say in the changelog what a user has to do.`;

/** The fixed config at level 2, in a VPC, in a stack called Stack, in a construct called Pipeline. */
const PINNED: Readonly<Record<string, string>> = {
  // The deployer that the endpoints of a stack share. Custom resources keep its function for ever.
  MlopsDeployerEndpointResourceFunctionD2EB1672: 'AWS::Lambda::Function',
  MlopsDeployerEndpointResourceLogs8DB3E5A6: 'AWS::Logs::LogGroup',
  MlopsDeployerEndpointResourceRole83F479CC: 'AWS::IAM::Role',
  MlopsDeployerEventRole9BE61D95: 'AWS::IAM::Role',
  MlopsDeployerFailureAlarm79B82236: 'AWS::CloudWatch::Alarm',
  MlopsDeployerFunction94289B72: 'AWS::Lambda::Function',
  MlopsDeployerFunctionLogs4C0F003B: 'AWS::Logs::LogGroup',
  MlopsDeployerFunctionRole562B3C22: 'AWS::IAM::Role',
  MlopsDeployerLogs65C2A253: 'AWS::Logs::LogGroup',
  MlopsDeployerMachineRole8FCB1BF5: 'AWS::IAM::Role',
  MlopsDeployerRecords9E2E6608: 'AWS::DynamoDB::Table',
  MlopsDeployerStateMachineFE5FC954: 'AWS::StepFunctions::StateMachine',
  // The analyzer that a stack's monitors share, and their records, which stand at every level.
  MlopsDriftAnalyzerDeadLetters3E11B30C: 'AWS::SQS::Queue',
  MlopsDriftAnalyzerDeadLettersPolicy529E14B2: 'AWS::SQS::QueuePolicy',
  MlopsDriftAnalyzerEventRole9933E7D7: 'AWS::IAM::Role',
  MlopsDriftAnalyzerFailureAlarm8A2C1074: 'AWS::CloudWatch::Alarm',
  MlopsDriftAnalyzerFunction1A367C21: 'AWS::Lambda::Function',
  MlopsDriftAnalyzerFunctionLogsA22E5147: 'AWS::Logs::LogGroup',
  MlopsDriftAnalyzerFunctionRole04299936: 'AWS::IAM::Role',
  MlopsDriftAnalyzerLogs63D4D16D: 'AWS::Logs::LogGroup',
  MlopsDriftAnalyzerMachineRoleAD18F8CF: 'AWS::IAM::Role',
  MlopsDriftAnalyzerRequestsF3FB81B7: 'AWS::SQS::Queue',
  MlopsDriftAnalyzerRequestsPolicy52E07A03: 'AWS::SQS::QueuePolicy',
  MlopsDriftAnalyzerRequestsToFunction0E354BA2: 'AWS::Lambda::EventSourceMapping',
  MlopsDriftAnalyzerSecurityGroup4B043EFA: 'AWS::EC2::SecurityGroup',
  MlopsDriftAnalyzerStateMachineA36D8522: 'AWS::StepFunctions::StateMachine',
  MlopsMonitorRecords44A76C3B: 'AWS::DynamoDB::Table',
  PipelineArtifactsAccessLogs1C80CFF0: 'AWS::S3::Bucket',
  PipelineArtifactsAccessLogsPolicy0F2E93AC: 'AWS::S3::BucketPolicy',
  PipelineArtifactsBucketCAC2408F: 'AWS::S3::Bucket',
  PipelineArtifactsBucketPolicyD43B8BFA: 'AWS::S3::BucketPolicy',
  PipelineArtifactsKey18634B1B: 'AWS::KMS::Key',
  PipelineDashboard6B10A451: 'AWS::CloudWatch::Dashboard',
  PipelineEndpointCapacityAlarm67E9FE8E: 'AWS::CloudWatch::Alarm',
  PipelineEndpointEF1ACABA: 'Custom::MlopsModelEndpoint',
  PipelineEndpointFailedAlarm0AA3B673: 'AWS::CloudWatch::Alarm',
  PipelineEndpointRefusedAlarmF649D50A: 'AWS::CloudWatch::Alarm',
  PipelineEndpointRoleF85811C7: 'AWS::IAM::Role',
  PipelineEndpointRule5B65E836: 'AWS::Events::Rule',
  PipelineEndpointSecurityGroup532943AA: 'AWS::EC2::SecurityGroup',
  PipelineEndpointSlowAlarm358EC071: 'AWS::CloudWatch::Alarm',
  PipelineFeatureStoreGroupscustomers6579A6A9: 'AWS::SageMaker::FeatureGroup',
  PipelineFeatureStoreGroupsregionsD3FDBF34: 'AWS::SageMaker::FeatureGroup',
  PipelineFeatureStoreRoleB4EBC22D: 'AWS::IAM::Role',
  PipelineMonitorDriftAlarm8135F65F: 'AWS::CloudWatch::Alarm',
  PipelineMonitorQualityAlarm09037EFE: 'AWS::CloudWatch::Alarm',
  PipelineMonitorRule2488BEC0: 'AWS::Events::Rule',
  PipelineNotificationsTopic8EDB51BB: 'AWS::SNS::Topic',
  PipelineNotificationsTopicPolicy57D0F656: 'AWS::SNS::TopicPolicy',
  PipelineNotificationsTopicmloncallexamplecom22992728: 'AWS::SNS::Subscription',
  PipelineRegistry768EED13: 'AWS::SageMaker::ModelPackageGroup',
  PipelineTraining47FD860D: 'AWS::SageMaker::Pipeline',
  PipelineTrainingApproveFunctionE39198F5: 'AWS::Lambda::Function',
  PipelineTrainingApproveLogsBFBF54E3: 'AWS::Logs::LogGroup',
  PipelineTrainingApproveRoleA0BAABB7: 'AWS::IAM::Role',
  PipelineTrainingDataManifestFunction6B52C05B: 'AWS::Lambda::Function',
  PipelineTrainingDataManifestLogsCB130851: 'AWS::Logs::LogGroup',
  PipelineTrainingDataManifestRole0D51A803: 'AWS::IAM::Role',
  PipelineTrainingFailureAlarm81B750D1: 'AWS::CloudWatch::Alarm',
  PipelineTrainingJobRoleAD665B01: 'AWS::IAM::Role',
  PipelineTrainingMissedScheduleAlarmE17D9DA8: 'AWS::CloudWatch::Alarm',
  PipelineTrainingMissedSchedulesDFD527B4: 'AWS::SQS::Queue',
  PipelineTrainingMissedSchedulesPolicyA33615E5: 'AWS::SQS::QueuePolicy',
  PipelineTrainingPipelineRole55FEC65E: 'AWS::IAM::Role',
  PipelineTrainingScheduleEDC78476: 'AWS::Scheduler::Schedule',
  PipelineTrainingScheduleRoleCB983A45: 'AWS::IAM::Role',
  PipelineTrainingSecurityGroup75F217B8: 'AWS::EC2::SecurityGroup',
};

describe('logical ids', () => {
  const { Resources: resources = {} } = mlopsTemplate(fullConfig(), (stack) => ({ vpc: existingVpc(stack) }));

  test('stay as they are', () => {
    const found = Object.fromEntries(Object.entries(resources).map(([id, { Type }]) => [id, Type]));
    expect(found, CHANGED).toEqual(PINNED);
  });

  test('stay as they are for what holds state, and so do its names', () => {
    const named = Object.entries(resources)
      .filter(([, { Type }]) => Type in STATEFUL_TYPES || Type === 'AWS::SageMaker::Pipeline')
      .map(([id, { Properties: properties = {} }]) => [
        id,
        properties.FeatureGroupName ??
          properties.ModelPackageGroupName ??
          properties.PipelineName ??
          properties.EndpointName ??
          'CloudFormation names it',
      ]);
    expect(Object.fromEntries(named), CHANGED).toEqual({
      MlopsDeployerRecords9E2E6608: 'CloudFormation names it',
      MlopsMonitorRecords44A76C3B: 'CloudFormation names it',
      PipelineArtifactsAccessLogs1C80CFF0: 'CloudFormation names it',
      PipelineArtifactsBucketCAC2408F: 'CloudFormation names it',
      PipelineArtifactsKey18634B1B: 'CloudFormation names it',
      PipelineEndpointEF1ACABA: 'churn',
      PipelineFeatureStoreGroupscustomers6579A6A9: 'churn-customers',
      PipelineFeatureStoreGroupsregionsD3FDBF34: 'churn-regions',
      PipelineRegistry768EED13: 'churn',
      PipelineTraining47FD860D: 'churn',
    });
  });

  test('depend on nothing but the place in the tree: another config has the same ones', () => {
    const other = mlopsTemplate(fullConfig({ name: 'fraud', monitoring: {} }), (stack) => ({
      vpc: existingVpc(stack),
    }));
    const subscription = (id: string) => id.startsWith('PipelineNotificationsTopicmloncall');
    const ofQuality = (id: string) => id.startsWith('PipelineMonitorQuality'); // which the other one does not watch
    const ids = Object.keys(PINNED).filter((id) => !subscription(id) && !ofQuality(id));
    expect(Object.keys(other.Resources ?? {}).sort()).toEqual(ids.sort());
  });

  test('of the deployer do not depend on which endpoint comes first, nor on how many there are', () => {
    const shared = (names: string[]) => {
      const stack = newStack();
      for (const name of names) new MlopsPipeline(stack, name, { config: smallConfig({ name }) });
      const { Resources: all = {} } = synthesize(stack.node.root as App).Stack!;
      return Object.keys(all).filter((id) => id.startsWith('MlopsDeployer'));
    };
    const pinned = Object.keys(PINNED).filter((id) => id.startsWith('MlopsDeployer'));
    expect(pinned).toHaveLength(12);
    for (const names of [['churn'], ['churn', 'fraud'], ['fraud', 'churn']]) {
      expect(shared(names).sort(), CHANGED).toEqual(pinned);
    }
  });
});
