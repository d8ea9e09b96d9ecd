import { Resource } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IPipeline } from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as interfaces } from 'aws-cdk-lib/interfaces';

/** A pipeline that trains, evaluates and registers a model. */
export interface ITrainingPipeline extends IPipeline {
  /** Allows starting, following and stopping executions. */
  grantStart(grantee: iam.IGrantable): iam.Grant;

  /**
   * A metric of this pipeline's executions.
   * @param metricName `ExecutionStarted`, `ExecutionSucceeded`, `ExecutionFailed`, `ExecutionStopped` or `ExecutionDuration`
   * @param props overrides; the default is a sum over five minutes
   */
  metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Executions that failed, the gate's refusals among them. */
  metricExecutionFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Executions that ended with a registered version. */
  metricExecutionSucceeded(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Milliseconds from start to end of an execution; average over five minutes. */
  metricExecutionDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** A rule for every change of an execution's status. Events are best effort and may come twice. */
  onExecutionStateChange(id: string, options?: events.OnEventOptions): events.Rule;
}

/**
 * Grants, metrics and rules, the same for created and imported pipelines.
 * @internal
 */
export abstract class TrainingPipelineBase extends Resource implements ITrainingPipeline {
  public abstract readonly pipelineName: string;
  public abstract readonly pipelineArn: string;

  public get pipelineRef(): interfaces.PipelineReference {
    return { pipelineName: this.pipelineName };
  }

  public grantStart(grantee: iam.IGrantable): iam.Grant {
    const executions = `${this.pipelineArn}/execution/*`;
    const follow = iam.Grant.addToPrincipal({
      grantee,
      actions: [
        'sagemaker:DescribePipelineExecution',
        'sagemaker:ListPipelineExecutionSteps',
        'sagemaker:StopPipelineExecution',
      ],
      resourceArns: [executions],
    });
    return this.grantStartPipelineExecution(grantee).combine(follow);
  }

  public grantStartPipelineExecution(grantee: iam.IGrantable): iam.Grant {
    const actions = ['sagemaker:StartPipelineExecution'];
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.pipelineArn] });
  }

  /** @see https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html */
  public metric(metricName: string, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Sagemaker/ModelBuildingPipeline',
      metricName,
      dimensionsMap: { PipelineName: this.pipelineName },
      statistic: cloudwatch.Stats.SUM,
      ...props,
    }).attachTo(this);
  }

  public metricExecutionFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionFailed', props);
  }

  public metricExecutionSucceeded(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionSucceeded', props);
  }

  public metricExecutionDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('ExecutionDuration', { statistic: cloudwatch.Stats.AVERAGE, ...props });
  }

  public onExecutionStateChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    const rule = new events.Rule(this, id, options);
    rule.addEventPattern({
      source: ['aws.sagemaker'],
      detailType: ['SageMaker Model Building Pipeline Execution Status Change'],
      detail: { pipelineArn: [this.pipelineArn] },
    });
    rule.addTarget(options.target);
    return rule;
  }
}
