import type { Stack } from 'aws-cdk-lib';
import { Resource } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as interfaces } from 'aws-cdk-lib/interfaces';
import type { ServingMode } from '../config/serving';

/** The two places of a model on an endpoint. The champion stands in either, a challenger in the other. */
export type EndpointSlot = 'a' | 'b';

/**
 * An endpoint whose model the deployer chooses. `grantInvoke` allows asking for predictions: at once
 * (`sagemaker:InvokeEndpoint`), or later where the endpoint is asynchronous (`sagemaker:InvokeEndpointAsync`); of an imported
 * endpoint both are allowed.
 */
export interface IModelEndpoint extends IEndpoint {
  /**
   * How predictions are asked for.
   * @default - not known: the endpoint was imported
   */
  readonly mode?: ServingMode;

  /**
   * A metric that SageMaker publishes for the whole endpoint, as only asynchronous ones have: `HasBacklogWithoutCapacity`,
   * `ApproximateBacklogSize`, `ApproximateBacklogSizePerInstance`.
   */
  metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * A metric of one slot, for example `Invocations`, `ModelLatency`, `OverheadLatency`, `InvocationsPerInstance`, and of
   * serverless endpoints `ServerlessConcurrentExecutionsUtilization`.
   */
  metricOfSlot(metricName: string, slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Requests to a slot; sum over five minutes. Asynchronous endpoints publish `InvocationsProcessed` instead. */
  metricInvocations(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Microseconds that the model in a slot takes; 95th percentile over five minutes. */
  metricModelLatency(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Requests that the model in a slot refused; sum over five minutes. */
  metricInvocation4XXErrors(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Requests on which the model in a slot failed; sum over five minutes. */
  metricInvocation5XXErrors(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/**
 * Grants and metrics, the same for created and imported endpoints.
 * @internal
 */
export abstract class ModelEndpointBase extends Resource implements IModelEndpoint {
  public abstract readonly endpointName: string;
  public abstract readonly endpointArn: string;
  public abstract readonly mode?: ServingMode;

  public get endpointRef(): interfaces.EndpointReference {
    return { endpointArn: this.endpointArn };
  }

  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    const now = this.mode === 'asynchronous' ? [] : ['sagemaker:InvokeEndpoint'];
    const later = this.mode === 'asynchronous' || this.mode === undefined ? ['sagemaker:InvokeEndpointAsync'] : [];
    return iam.Grant.addToPrincipal({ grantee, actions: [...now, ...later], resourceArns: [this.endpointArn] });
  }

  /** @see https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html */
  public metric(metricName: string, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/SageMaker',
      metricName,
      dimensionsMap: { EndpointName: this.endpointName },
      ...props,
    }).attachTo(this);
  }

  public metricOfSlot(metricName: string, slot: EndpointSlot, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric(metricName, {
      ...props,
      dimensionsMap: { EndpointName: this.endpointName, VariantName: slot, ...props.dimensionsMap },
    });
  }

  public metricInvocations(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfSlot('Invocations', slot, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  public metricModelLatency(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfSlot('ModelLatency', slot, { statistic: cloudwatch.Stats.percentile(95), ...props });
  }

  public metricInvocation4XXErrors(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfSlot('Invocation4XXErrors', slot, { statistic: cloudwatch.Stats.SUM, ...props });
  }

  public metricInvocation5XXErrors(slot: EndpointSlot, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metricOfSlot('Invocation5XXErrors', slot, { statistic: cloudwatch.Stats.SUM, ...props });
  }
}

/**
 * ARN of an endpoint by its name.
 * @internal
 */
export const endpointArnOf = (stack: Stack, endpointName: string): string =>
  stack.formatArn({ service: 'sagemaker', resource: 'endpoint', resourceName: endpointName });
