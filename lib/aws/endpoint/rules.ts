/** What starts the deployer for an endpoint. */
import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { DeployerInput } from '../../runtime/contract';
import { eventBridgeCron } from '../cron';
import { approvalPattern } from '../model-package-events';
import type { IModelRegistry } from '../model-registry';

/** How an endpoint is looked after. */
export interface RuleProps {
  readonly endpointName: string;
  readonly registry: IModelRegistry;
  readonly stateMachineArn: string;
  readonly roleArn: string;
  /** Whether approved versions are deployed. */
  readonly automatic: boolean;
  /** Whether there are A/B tests, which are looked at minute by minute. */
  readonly abTesting: boolean;
}

/** A look that could not be started is followed by the next one: a late one says nothing new. */
const RETRY_POLICY = { maximumEventAgeInSeconds: 3600 };

/**
 * One rule for events and for the schedule. Events hasten what the schedule finds anyway, so nothing is lost with an event:
 * there is no dead-letter queue.
 */
export function watchRule(scope: Construct, id: string, props: RuleProps): events.CfnRule {
  const { endpointName, stateMachineArn, roleArn, abTesting } = props;
  return new events.CfnRule(scope, id, {
    description: `Starts the deployer for ${endpointName}`,
    eventPattern: props.automatic ? approvals(props) : undefined,
    scheduleExpression: abTesting ? 'rate(5 minutes)' : 'rate(1 hour)',
    targets: [
      {
        id: 'Deployer',
        arn: stateMachineArn,
        roleArn,
        inputTransformer: {
          inputPathsMap: { source: '$.source' },
          inputTemplate: `{"endpoint":"${endpointName}","cause":<source>}`,
        },
        retryPolicy: RETRY_POLICY,
      },
    ],
  });
}

/** A rule that predicts a batch at the times of a cron expression of five fields. */
export function predictionRule(scope: Construct, id: string, cron: string, props: RuleProps): events.CfnRule {
  const { endpointName, stateMachineArn, roleArn } = props;
  const input: DeployerInput = { endpoint: endpointName, task: 'predict', cause: 'schedule' };
  return new events.CfnRule(scope, id, {
    description: `Predicts a batch with the model of ${endpointName}`,
    scheduleExpression: eventBridgeCron(cron),
    targets: [
      {
        id: 'Deployer',
        arn: stateMachineArn,
        roleArn,
        input: Stack.of(scope).toJsonString(input),
        retryPolicy: RETRY_POLICY,
      },
    ],
  });
}

function approvals({ registry }: RuleProps): object {
  const { source, detailType, detail } = approvalPattern(registry.modelPackageGroupName);
  return { source: [source], 'detail-type': [detailType], detail };
}
