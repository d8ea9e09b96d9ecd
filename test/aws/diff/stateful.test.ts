import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { expect, test } from 'vitest';
import { STATEFUL_TYPES, STATELESS_BY_DECISION, stateOf } from '../../../lib/aws/diff/stateful';

const resources = [...loadAwsServiceSpecSync().all('resource')];

test('every type that the specification calls stateful is listed, or its omission is reasoned', () => {
  const marked = resources.filter(({ isStateful }) => isStateful).map(({ cloudFormationType }) => cloudFormationType);
  const decided = (type: string) => type in STATEFUL_TYPES || type in STATELESS_BY_DECISION;
  expect(marked.filter((type) => !decided(type))).toEqual([]);
});

test('the lists name types that exist, and no type twice', () => {
  const own = ['Custom::MlopsModelEndpoint']; // behind it stands code of this library
  const known = new Set([...resources.map(({ cloudFormationType }) => cloudFormationType), ...own]);
  const listed = [...Object.keys(STATEFUL_TYPES), ...Object.keys(STATELESS_BY_DECISION)];
  expect(listed.filter((type) => !known.has(type))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});

test.each([
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::SageMaker::FeatureGroup',
  'AWS::SageMaker::ModelPackageGroup',
  'AWS::DynamoDB::Table',
])('%s is stateful', (type) => expect(stateOf(type)).toBeDefined());

test.each([
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::SageMaker::Pipeline',
  'AWS::CloudWatch::Dashboard',
  'AWS::SNS::Topic',
])('%s is not', (type) => expect(stateOf(type)).toBeUndefined());
