import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { existingVpc, fullConfig, KEY_ARN, mlopsTemplate, ofType } from './configs';

const template = mlopsTemplate(fullConfig(), (stack) => ({
  vpc: existingVpc(stack),
  dataEncryptionKey: kms.Key.fromKeyArn(stack, 'DataKey', KEY_ARN),
}));

interface Statement {
  /** Logical id of the role or resource, without CDK's hash. */
  readonly owner: string;
  readonly effect: string;
  readonly actions: string[];
  readonly resources: unknown[];
  readonly principal?: any;
  readonly condition?: any;
}

const list = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));

function statements(id: string, document: any): Statement[] {
  return document.Statement.map((statement: any) => ({
    owner: id.replace(/^Pipeline|[0-9A-F]{8}$/g, ''),
    effect: statement.Effect,
    actions: list(statement.Action),
    resources: list(statement.Resource),
    principal: statement.Principal,
    condition: statement.Condition,
  }));
}

const roles = ofType(template, 'AWS::IAM::Role');
const identityStatements = [
  ...roles.flatMap(([id, { Policies }]) =>
    list<any>(Policies).flatMap((policy) => statements(id, policy.PolicyDocument)),
  ),
  ...ofType(template, 'AWS::IAM::Policy').flatMap(([id, { PolicyDocument }]) => statements(id, PolicyDocument)),
];
const resourceStatements = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap((type) =>
  ofType(template, type).flatMap(([id, { PolicyDocument }]) => statements(id, PolicyDocument)),
);
const keyStatements = ofType(template, 'AWS::KMS::Key').flatMap(([id, { KeyPolicy }]) => statements(id, KeyPolicy));
const allowed = (found: Statement[]) => found.filter(({ effect }) => effect === 'Allow');

const text = (value: unknown) => JSON.stringify(value);

/** Statements on `*`: the actions know no resource. */
const REVIEWED_STARS: readonly (readonly [owner: string, actions: string[], reason: string])[] = [
  [
    'TrainingDataManifestRole',
    ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
    'describing knows no resource',
  ],
  ['TrainingApproveRole', ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'], 'describing knows no resource'],
  ['TrainingJobRole', ['ecr:GetAuthorizationToken'], 'a token is for the whole registry'],
  [
    'MlopsDeployerFunctionRole',
    [
      'application-autoscaling:DescribeScalableTargets',
      'cloudwatch:GetMetricData',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
      'sagemaker:ListEndpointConfigs',
      'sagemaker:ListModels',
    ],
    'listing and describing know no resource',
  ],
  [
    'MlopsDeployerEndpointResourceRole',
    ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
    'describing knows no resource',
  ],
  [
    'MlopsDeployerMachineRole',
    [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ],
    'the delivery of logs and traces knows no resource',
  ],
  ['MlopsDriftAnalyzerFunctionRole', ['cloudwatch:PutMetricData'], 'metrics are no resources; limited by namespace'],
  [
    'MlopsDriftAnalyzerFunctionRole',
    ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
    'describing knows no resource',
  ],
  [
    'MlopsDriftAnalyzerMachineRole',
    [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ],
    'the delivery of logs and traces knows no resource',
  ],
  ['EndpointRole', ['ecr:GetAuthorizationToken'], 'a token is for the whole registry'],
  ['EndpointRole', ['cloudwatch:PutMetricData'], 'metrics are no resources; limited by namespace'],
  [
    'EndpointRole',
    [
      'ec2:DescribeDhcpOptions',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    'describing knows no resource',
  ],
  ['TrainingJobRole', ['cloudwatch:PutMetricData'], 'metrics are no resources; limited by namespace'],
  [
    'TrainingJobRole',
    [
      'ec2:DescribeDhcpOptions',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
    'describing knows no resource',
  ],
  ['TrainingPipelineRole', ['ecr:GetAuthorizationToken'], 'a token is for the whole registry'],
];

describe('the roles of level 2 in a VPC', () => {
  test('are looked at whole: each role has statements here', () => {
    const owners = new Set(identityStatements.map(({ owner }) => owner));
    expect([...owners].sort()).toEqual([
      'EndpointRole',
      'FeatureStoreRole',
      'MlopsDeployerEndpointResourceRole',
      'MlopsDeployerEventRole',
      'MlopsDeployerFunctionRole',
      'MlopsDeployerMachineRole',
      'MlopsDriftAnalyzerEventRole',
      'MlopsDriftAnalyzerFunctionRole',
      'MlopsDriftAnalyzerMachineRole',
      'TrainingApproveRole',
      'TrainingDataManifestRole',
      'TrainingJobRole',
      'TrainingPipelineRole',
      'TrainingScheduleRole',
    ]);
    expect(roles).toHaveLength(owners.size);
    expect(ofType(template, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    for (const [id, role] of roles) expect(role.ManagedPolicyArns, id).toBeUndefined();
  });

  test('name every action in full', () => {
    const actions = identityStatements.flatMap((statement) => statement.actions);
    expect(actions.length).toBeGreaterThan(60);
    expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action))).toEqual([]);
    expect(identityStatements.filter(({ effect }) => effect !== 'Allow')).toEqual([]);
  });

  test('name every resource where the API has one', () => {
    const stars = identityStatements.filter(({ resources }) => resources.includes('*'));
    const found = stars.map(({ owner, actions }) => text([owner, actions]));
    expect(found.sort()).toEqual(REVIEWED_STARS.map(([owner, actions]) => text([owner, actions])).sort());
    for (const { resources } of identityStatements) expect(resources.length).toBeGreaterThan(0);
  });

  test('publish metrics in the namespaces of jobs and monitors only', () => {
    const publishing = identityStatements.filter(({ actions }) => actions.includes('cloudwatch:PutMetricData'));
    const namespaces = [
      ['/aws/sagemaker/TrainingJobs', '/aws/sagemaker/ProcessingJobs'],
      ['/aws/sagemaker/Endpoints', '/aws/sagemaker/TransformJobs'],
      'cdk-mlops',
    ];
    expect(publishing.map(({ condition }) => condition)).toEqual(
      namespaces.map((names) => ({ StringEquals: { 'cloudwatch:namespace': names } })),
    );
  });

  test('list what lies below a prefix only', () => {
    const listing = identityStatements.filter(({ actions }) => actions.includes('s3:ListBucket'));
    expect(listing.length).toBeGreaterThan(3);
    for (const { owner, actions, condition } of listing) {
      expect(actions, owner).toEqual(['s3:ListBucket']);
      // To be told that an object is not there takes the right to list, in a request that has no prefix.
      const like = condition?.StringLike ?? condition?.StringLikeIfExists;
      for (const prefix of list<string>(like?.['s3:prefix'])) {
        expect(prefix, owner).toMatch(/^[^*]{5,}\*$|^\*\.tgz$/); // a folder, or source archives
      }
      expect(list(like?.['s3:prefix']).length, owner).toBeGreaterThan(0);
      if (condition?.StringLikeIfExists) expect(owner).toBe('MlopsDriftAnalyzerFunctionRole');
    }
  });

  test('pass two roles, each to one service', () => {
    const passing = identityStatements.filter(({ actions }) => actions.some((action) => action === 'iam:PassRole'));
    const passes = (owner: string, passed: string) => ({
      owner,
      effect: 'Allow',
      actions: ['iam:PassRole'],
      resources: [{ 'Fn::GetAtt': [roles.find(([id]) => id.startsWith(passed))![0], 'Arn'] }],
      condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    });
    expect(passing).toEqual([
      passes('TrainingPipelineRole', 'PipelineTrainingJobRole'),
      passes('MlopsDeployerFunctionRole', 'PipelineEndpointRole'),
    ]);
  });

  test('are each assumed by one service', () => {
    const trusted = roles.map(([id, { AssumeRolePolicyDocument }]) => {
      const [{ owner, actions, principal }, ...rest] = statements(id, AssumeRolePolicyDocument);
      expect(rest, id).toEqual([]);
      expect(actions, id).toEqual(['sts:AssumeRole']);
      return [owner, principal];
    });
    expect(Object.fromEntries(trusted)).toEqual({
      EndpointRole: { Service: 'sagemaker.amazonaws.com' },
      FeatureStoreRole: { Service: 'sagemaker.amazonaws.com' },
      MlopsDeployerEndpointResourceRole: { Service: 'lambda.amazonaws.com' },
      MlopsDeployerEventRole: { Service: 'events.amazonaws.com' },
      MlopsDeployerFunctionRole: { Service: 'lambda.amazonaws.com' },
      MlopsDeployerMachineRole: { Service: 'states.amazonaws.com' },
      MlopsDriftAnalyzerEventRole: { Service: 'events.amazonaws.com' },
      MlopsDriftAnalyzerFunctionRole: { Service: 'lambda.amazonaws.com' },
      MlopsDriftAnalyzerMachineRole: { Service: 'states.amazonaws.com' },
      TrainingApproveRole: { Service: 'lambda.amazonaws.com' },
      TrainingDataManifestRole: { Service: 'lambda.amazonaws.com' },
      TrainingJobRole: { Service: 'sagemaker.amazonaws.com' },
      TrainingPipelineRole: { Service: 'sagemaker.amazonaws.com' },
      TrainingScheduleRole: { Service: 'scheduler.amazonaws.com' },
    });
  });

  test('approve in one place: who registers a version may not', () => {
    const withAction = (action: string) => identityStatements.filter(({ actions }) => actions.includes(action));
    expect(withAction('sagemaker:UpdateModelPackage').map(({ owner }) => owner)).toEqual(['TrainingApproveRole']);
    const registering = withAction('sagemaker:CreateModelPackage');
    expect(registering.map(({ owner }) => owner)).toEqual(['TrainingPipelineRole']);
    expect(text(registering[0].condition)).toContain('PendingManualApproval');
  });

  test('only read the data: nothing of it can be changed or deleted', () => {
    const onData = identityStatements.filter(({ resources }) => text(resources).includes('acme-data'));
    expect(new Set(onData.flatMap(({ actions }) => actions))).toEqual(new Set(['s3:GetObject', 's3:ListBucket']));
    const deleting = identityStatements.flatMap(({ actions }) => actions).filter((action) => /:.*Delete/.test(action));
    expect([...new Set(deleting)].sort()).toEqual([
      'application-autoscaling:DeleteScalingPolicy',
      'cloudwatch:DeleteAlarms',
      'ec2:DeleteNetworkInterface',
      'ec2:DeleteNetworkInterfacePermission',
      'logs:DeleteLogDelivery',
      'sagemaker:DeleteEndpoint',
      'sagemaker:DeleteEndpointConfig',
      'sagemaker:DeleteModel',
      'sqs:DeleteMessage', // once it has been handled
    ]);
  });

  test('use keys for what they encrypt, and grant their use to AWS alone', () => {
    const granting = identityStatements.filter(({ actions }) => actions.includes('kms:CreateGrant'));
    expect(granting.map(({ owner }) => owner).sort()).toEqual([
      'EndpointRole',
      'MlopsDeployerFunctionRole',
      'TrainingJobRole',
      'TrainingPipelineRole',
    ]);
    for (const { actions, condition } of granting) {
      expect([actions, condition]).toEqual([['kms:CreateGrant'], { Bool: { 'kms:GrantIsForAWSResource': 'true' } }]);
    }
    const onData = identityStatements.filter(({ resources }) => resources.includes(KEY_ARN));
    expect(new Set(onData.flatMap(({ actions }) => actions))).toEqual(new Set(['kms:Decrypt']));
  });
});

describe('the deployer', () => {
  const own = identityStatements.filter(({ owner }) => owner === 'MlopsDeployerFunctionRole');
  const flat = (resource: any): string =>
    typeof resource === 'string'
      ? resource
      : (resource['Fn::Join']?.[1].map(flat).join(resource['Fn::Join'][0]) ?? `<${text(resource)}>`);
  const on = (action: string) =>
    own.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources.map(flat));

  test('changes its own endpoint alone, and what is named after it and a year', () => {
    const endpoint = /:sagemaker:.*:endpoint\/churn$/;
    const candidates = /:sagemaker:.*:\*\/churn-20\*$/;
    // An endpoint is checked against its configuration too when it is created or updated.
    const all = own.filter(({ actions }) => actions.some((action) => /^sagemaker:.*(Endpoint|Model|Job)/.test(action)));
    const changing = all
      .flatMap(({ actions }) => actions)
      .filter((action) => /:(Create|Update|Delete|Stop)/.test(action));
    expect(changing.length).toBeGreaterThan(8);
    for (const action of changing.filter((name) => name !== 'sagemaker:CreateModel')) {
      expect(on(action), action).toEqual([expect.stringMatching(candidates), expect.stringMatching(endpoint)]);
    }
    expect(on('cloudwatch:DeleteAlarms')).toEqual([
      expect.stringMatching(/:alarm:TargetTracking-endpoint\/\*$/),
      expect.stringMatching(/:alarm:churn-20\*$/),
    ]);
  });

  test('scales nothing but the instances of endpoints', () => {
    const [{ condition }] = own.filter(({ actions }) =>
      actions.includes('application-autoscaling:RegisterScalableTarget'),
    );
    expect(condition).toEqual({
      StringEquals: {
        'application-autoscaling:service-namespace': 'sagemaker',
        'application-autoscaling:scalable-dimension': 'sagemaker:variant:DesiredInstanceCount',
      },
    });
  });

  test('reads the registry, and neither registers nor approves', () => {
    expect(on('sagemaker:DescribeModelPackage')).toEqual([expect.stringMatching(/:model-package\/churn\/\*$/)]);
    expect([...on('sagemaker:UpdateModelPackage'), ...on('sagemaker:CreateModelPackage')]).toEqual([]);
  });

  test('writes records one at a time: it cannot delete them, nor list those of others', () => {
    const onTables = own.flatMap(({ actions }) => actions).filter((action) => action.startsWith('dynamodb:'));
    expect(onTables).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem']);
  });

  test('looks at executions of its own machine, by a name that nothing else has', () => {
    const [resource] = on('states:DescribeExecution');
    expect(resource).toMatch(/:execution:mlops-deployer-[0-9a-f]{8}-.*:\*$/);
    const [[, machine]] = ofType(template, 'AWS::StepFunctions::StateMachine').filter(([id]) => /Deployer/.test(id));
    expect(text(own)).toContain(text(machine.StateMachineName));
    expect(text(machine.StateMachineName)).toContain('AWS::StackId');
  });

  test('is started by events and by CloudFormation, which can do nothing else', () => {
    for (const owner of ['MlopsDeployerEventRole', 'MlopsDeployerEndpointResourceRole']) {
      const actions = identityStatements.filter((one) => one.owner === owner).flatMap((one) => one.actions);
      const rest = actions.filter((action) => !/^(logs|kms|ec2):/.test(action));
      expect(rest, owner).toEqual(['states:StartExecution']);
    }
  });
});

describe('the resource policies of level 2', () => {
  test('allow single actions to services of AWS', () => {
    const grants = allowed(resourceStatements).map(({ actions, principal }) => [principal.Service, actions]);
    expect(grants).toEqual([
      ['logging.s3.amazonaws.com', ['s3:PutObject']],
      ['events.amazonaws.com', ['sqs:SendMessage']],
      ['cloudwatch.amazonaws.com', ['sns:Publish']],
      ['events.amazonaws.com', ['sns:Publish']],
    ]);
  });

  test('refuse whatever does not come over TLS', () => {
    const denied = resourceStatements.filter(({ effect }) => effect === 'Deny');
    const owners = denied.map(({ owner }) => owner);
    expect(owners.sort()).toEqual([
      'ArtifactsAccessLogsPolicy',
      'ArtifactsBucketPolicy',
      'MlopsDriftAnalyzerDeadLettersPolicy',
      'MlopsDriftAnalyzerRequestsPolicy',
      'NotificationsTopicPolicy',
      'TrainingMissedSchedulesPolicy',
    ]);
    for (const { owner, condition } of denied) {
      expect(condition, owner).toEqual({ Bool: { 'aws:SecureTransport': 'false' } });
    }
  });

  test('let only the account itself manage the key', () => {
    const managing = keyStatements.filter(({ actions }) =>
      actions.some((action) => /^kms:(\*|Put|Schedule|Disable)/.test(action)),
    );
    expect(managing).toHaveLength(1);
    expect(text(managing[0].principal)).toMatch(/"Ref":"AWS::AccountId"},":root"/);
    const services = keyStatements.filter((statement) => !managing.includes(statement));
    expect(services.map(({ principal }) => text(principal.Service).replace(/.*"logs\.".*/, 'logs')).sort()).toEqual([
      '"cloudwatch.amazonaws.com"',
      '"delivery.logs.amazonaws.com"',
      '"events.amazonaws.com"',
      'logs',
    ]);
  });
});
