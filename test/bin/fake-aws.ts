import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { DeploymentRecord } from '../../lib/deployer/record';
import type { MonitorRecord } from '../../lib/monitoring/record';
import type { DeployerInput } from '../../lib/runtime/contract';
import type { MonitorSettings } from '../../lib/runtime/drift-contract';

/** A failure that a service answers with. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/** A stack that stands. */
export interface FakeStack {
  readonly template: object | string;
  /** Logical id, physical id, type, status. */
  readonly resources: ReadonlyArray<readonly [string, string, string, string?]>;
}

interface Execution {
  readonly input: DeployerInput;
  status: string;
  error?: string;
  cause?: string;
  output?: string;
}

const ACCOUNT = 'eu-west-1:123456789012';
export const MACHINE = `arn:aws:states:${ACCOUNT}:stateMachine:Deployer`;
export const TABLE = 'Records';
export const ANALYZER = `arn:aws:states:${ACCOUNT}:stateMachine:Analyzer`;
export const MONITOR_TABLE = 'Monitors';

/**
 * Just enough of CloudFormation, DynamoDB, Step Functions, EventBridge and SageMaker on the loopback, in the protocols that the real SDK
 * speaks: query with XML, and JSON.
 */
export class FakeAws {
  public stacks: Record<string, FakeStack> = {};
  /** What stands in the table; a text is a document as it is. */
  public records: Record<string, DeploymentRecord | string | undefined> = {};
  /** What stands in the table of the monitors. */
  public monitors: Record<string, MonitorRecord | string | undefined> = {};
  /** Targets by rule. */
  public rules: Record<string, ReadonlyArray<{ readonly Arn: string; readonly Input?: string }>> = {};
  /** Approval of versions, by ARN. */
  public packages: Record<string, string> = {};
  public executions: Record<string, Execution> = {};
  /** Failures by operation. */
  public failures: Record<string, Failure | undefined> = {};
  /** All operations that were asked for, in order. */
  public calls: string[] = [];
  /** How the last request was signed. */
  public authorization = '';
  /** Called with every look at the table, before it is answered. */
  public look: (count: number) => void = () => {};
  /** Called with every look at an execution, before it is answered. */
  public follow: (execution: Execution, count: number) => void = () => {};
  /** Resources on a page. */
  public pageSize = 2;

  /** The one input that was handed over. */
  public get input(): DeployerInput {
    const [execution, ...more] = Object.values(this.executions);
    if (!execution || more.length > 0) throw new Error(`${more.length + 1} executions`);
    return execution.input;
  }

  /** Answers a request of the SDK. */
  public answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const target = request.headers['x-amz-target'] as string | undefined;
    const query = new URLSearchParams(target === undefined ? body : '');
    const operation = target?.split('.')[1] ?? query.get('Action') ?? 'unknown';
    this.calls.push(operation);
    this.authorization = request.headers.authorization ?? '';
    try {
      const failure = this.failures[operation];
      if (failure) throw failure;
      if (target === undefined) response.end(this.cloudFormation(operation, query));
      else response.end(JSON.stringify(this.json(operation, JSON.parse(body))));
    } catch (error) {
      const { code, message, status = 400 } = error as Failure;
      response.statusCode = status;
      if (target === undefined) response.end(xmlError(code, message));
      else response.end(JSON.stringify({ __type: `com.amazonaws#${code}`, message }));
    }
  }

  private cloudFormation(operation: string, query: URLSearchParams): string {
    const name = query.get('StackName') ?? '';
    const stack = this.stacks[name];
    if (!stack) throw { code: 'ValidationError', message: `Stack with id ${name} does not exist` };
    if (operation === 'GetTemplate') {
      const body = typeof stack.template === 'string' ? stack.template : JSON.stringify(stack.template);
      return xml(operation, `<TemplateBody>${escaped(body)}</TemplateBody>`);
    }
    const start = Number(query.get('NextToken') ?? 0);
    const page = stack.resources.slice(start, start + this.pageSize);
    const end = start + page.length;
    const token = end < stack.resources.length ? `<NextToken>${end}</NextToken>` : '';
    const members = page.map(([logical, physical, type, status = 'CREATE_COMPLETE']) => {
      const id = physical === '' ? '' : `<PhysicalResourceId>${physical}</PhysicalResourceId>`;
      return `<member><LogicalResourceId>${logical}</LogicalResourceId>${id}<ResourceType>${type}</ResourceType><ResourceStatus>${status}</ResourceStatus></member>`;
    });
    return xml(operation, `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>${token}`);
  }

  private json(operation: string, input: any): object {
    switch (operation) {
      case 'GetItem':
        return this.item(input);
      case 'StartExecution':
        return this.start(input);
      case 'DescribeExecution':
        return this.execution(input.executionArn);
      case 'ListTargetsByRule':
        return this.targets(input.Rule);
      case 'DescribeModelPackage':
        return this.modelPackage(input.ModelPackageName);
      default:
        throw { code: 'UnknownOperationException', message: operation };
    }
  }

  private execution(arn: string): object {
    const execution = this.executions[arn.split(':').at(-1)!];
    this.follow(execution, this.calls.filter((call) => call === 'DescribeExecution').length);
    return execution;
  }

  private targets(rule: string): object {
    if (!this.rules[rule]) throw { code: 'ResourceNotFoundException', message: `Rule ${rule} does not exist.` };
    return { Targets: this.rules[rule].map((target, index) => ({ Id: `Target${index}`, ...target })) };
  }

  private item({ TableName, Key }: any): object {
    if (TableName === MONITOR_TABLE) return stored('monitor', Key, this.monitors[Key.monitor.S]);
    this.look(this.calls.filter((call) => call === 'GetItem').length);
    if (TableName !== TABLE) throw { code: 'ResourceNotFoundException', message: 'Requested resource not found' };
    return stored('endpoint', Key, this.records[Key.endpoint.S]);
  }

  private start({ stateMachineArn, name, input }: any): object {
    if (![MACHINE, ANALYZER].includes(stateMachineArn))
      throw { code: 'StateMachineDoesNotExist', message: 'State Machine Does Not Exist' };
    this.executions[name] = { input: JSON.parse(input), status: 'RUNNING' };
    return { executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`, startDate: 1 };
  }

  private modelPackage(arn: string): object {
    const approval = this.packages[arn];
    if (!approval) throw { code: 'ValidationException', message: `ModelPackage ${arn} does not exist.` };
    return { ModelPackageArn: arn, ModelPackageVersion: Number(arn.split('/').at(-1)), ModelApprovalStatus: approval };
  }
}

function stored(key: string, given: any, record: object | string | undefined): object {
  if (record === undefined) return {};
  const document = typeof record === 'string' ? record : JSON.stringify(record);
  return { Item: { [key]: given[key], revision: { N: '1' }, document: { S: document } } };
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function xml(operation: string, result: string): string {
  return `<${operation}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${operation}Result>${result}</${operation}Result></${operation}Response>`;
}

function xmlError(code: string, message: string): string {
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
}

/** The template of a stack with an endpoint, as the constructs write it. */
export function endpointStack(...endpoints: string[]): FakeStack {
  const named = endpoints.map((name, index) => [`Endpoint${index}`, name] as const);
  const handler = { Environment: { Variables: { STATE_MACHINE_ARN: { Ref: 'Machine' } } } };
  const definition = { 'Fn::Join': ['', ['{"Resource":"', { 'Fn::GetAtt': ['Function', 'Arn'] }, '"}']] };
  const custom = (EndpointName: string) => ({
    Type: 'Custom::MlopsModelEndpoint',
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Handler', 'Arn'] }, EndpointName },
  });
  return {
    template: {
      Resources: {
        ...Object.fromEntries(named.map(([id, name]) => [id, custom(name)])),
        Handler: { Type: 'AWS::Lambda::Function', Properties: handler },
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, DefinitionString: definition },
        },
        Function: {
          Type: 'AWS::Lambda::Function',
          Properties: { Environment: { Variables: { TABLE_NAME: { Ref: 'Table' } } } },
        },
      },
    },
    resources: [
      ...named.map(([id, name]) => [id, name, 'Custom::MlopsModelEndpoint'] as const),
      ['Gone', 'gone', 'Custom::MlopsModelEndpoint', 'DELETE_COMPLETE'],
      ['Role', 'role', 'AWS::IAM::Role'],
      ['Handler', 'handler', 'AWS::Lambda::Function'],
      ['Machine', MACHINE, 'AWS::StepFunctions::StateMachine'],
      ['Function', 'function', 'AWS::Lambda::Function'],
      ['Table', TABLE, 'AWS::DynamoDB::Table'],
    ],
  };
}

/** The stack with drift monitors, as the constructs write them, and their schedules. */
export function addMonitors(aws: FakeAws, stackName: string, ...monitors: MonitorSettings[]): void {
  const stack = aws.stacks[stackName];
  const { Resources } = stack.template as { Resources: object };
  const join = (parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
  const target = { Ref: 'AnalyzerMachine' };
  const input = (name: string) =>
    join([`{"task":"monitor","cause":"schedule","monitor":{"name":"${name}",…`, target, '"}']);
  const rules = monitors.map(({ name }, index) => [`MonitorRule${index}`, name] as const);
  const rule = (name: string) => ({
    Type: 'AWS::Events::Rule',
    Properties: {
      Targets: [{ Arn: target, Id: 'Target0', Input: input(name), RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } }],
    },
  });
  const definition = join(['{"Resource":"', { 'Fn::GetAtt': ['Analyzer', 'Arn'] }, '"}']);
  const analyzer = {
    AnalyzerMachine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: definition } },
    Analyzer: {
      Type: 'AWS::Lambda::Function',
      Properties: { Environment: { Variables: { TABLE_NAME: { Ref: 'Monitors' } } } },
    },
    Tick: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Targets: [{ Arn: { Ref: 'Machine' }, Id: 'Target0', Input: '{"endpoint":"m","cause":"schedule"}' }],
      },
    },
  };
  for (const monitor of monitors) {
    const Input = JSON.stringify({ task: 'monitor', cause: 'schedule', monitor });
    aws.rules[`rule-${monitor.name}`] = [{ Arn: 'arn:aws:sns:eu-west-1:123456789012:t' }, { Arn: ANALYZER, Input }];
  }
  aws.stacks[stackName] = {
    template: {
      Resources: { ...Resources, ...analyzer, ...Object.fromEntries(rules.map(([id, name]) => [id, rule(name)])) },
    },
    resources: [
      ...stack.resources,
      ...rules.map(([id, name]) => [id, `rule-${name}`, 'AWS::Events::Rule'] as const),
      ['Tick', 'tick', 'AWS::Events::Rule'],
      ['AnalyzerMachine', ANALYZER, 'AWS::StepFunctions::StateMachine'],
      ['Analyzer', 'analyzer', 'AWS::Lambda::Function'],
      ['Monitors', MONITOR_TABLE, 'AWS::DynamoDB::Table'],
    ],
  };
}

/** Serves a fake for the tests of a file, and lets the SDK of this process find it and nothing else. */
export function serveFakeAws(): FakeAws {
  const fake = new FakeAws();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => fake.answer(request, body, response));
  });
  const before = { ...process.env };
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_CONFIG_FILE: '/nonexistent/config',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
  beforeEach(() => {
    Object.assign(fake, new FakeAws());
  });
  afterAll(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    Object.assign(process.env, before);
    server.closeAllConnections();
    server.close();
  });
  return fake;
}
