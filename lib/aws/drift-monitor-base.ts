import { Resource } from 'aws-cdk-lib';
import type { IResource } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type { MonitorMetric } from '../runtime/drift-contract';
import { EVENT_SOURCE } from './drift/definition';
import { monitorMetric } from './drift/metrics';

/** Watches whether what a model is asked, answers, and is worth is still what it was trained for. */
export interface IDriftMonitor extends IResource {
  /** Name of the monitor: of its record, its metrics and its events. */
  readonly monitorName: string;

  /**
   * A rule for drift that begins. The event tells the columns and the reason, and where the report is; it comes once for an
   * episode, and in rare cases twice: `detail.incident` tells them apart.
   */
  onDrift(id: string, options?: events.OnEventOptions): events.Rule;

  /** A rule for quality that becomes poor, or fine again: `detail.state` is `drift` or `ok`. */
  onQualityChange(id: string, options?: events.OnEventOptions): events.Rule;

  /** A metric of the monitor; the largest value of an hour. */
  metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** The largest statistic divided by its threshold: above 1 is drift. Nothing is published without a verdict. */
  metricMaxDrift(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Share of columns that drifted, 0 to 1. Nothing is published without a verdict. */
  metricDriftedShare(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Statistic of one column divided by its threshold: above 1 is drift. Of many columns, the 30 worst of a run have one.
   * @param column name of a feature, or of the prediction
   * @param props overrides
   */
  metricColumnDrift(column: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** The measure of quality, in its own units; the average of an hour. */
  metricQuality(props?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** Rows that a run looked at. */
  metricRows(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/**
 * Rules and metrics, the same for created and imported monitors.
 * @internal
 */
export abstract class DriftMonitorBase extends Resource implements IDriftMonitor {
  public abstract readonly monitorName: string;

  public onDrift(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onChange(id, options, 'Drift State Change', { state: ['drift'] });
  }

  public onQualityChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onChange(id, options, 'Quality State Change');
  }

  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return monitorMetric(this.monitorName, metricName, props).attachTo(this);
  }

  public metricMaxDrift(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('max_drift' satisfies MonitorMetric, props);
  }

  public metricDriftedShare(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('drifted_share' satisfies MonitorMetric, props);
  }

  public metricColumnDrift(column: string, props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('column_drift' satisfies MonitorMetric, {
      ...props,
      dimensionsMap: { Column: column, ...props.dimensionsMap },
    });
  }

  public metricQuality(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('quality' satisfies MonitorMetric, { statistic: cloudwatch.Stats.AVERAGE, ...props });
  }

  public metricRows(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('rows' satisfies MonitorMetric, props);
  }

  private onChange(id: string, options: events.OnEventOptions, detailType: string, detail: object = {}): events.Rule {
    const rule = new events.Rule(this, id, options);
    rule.addEventPattern({
      source: [EVENT_SOURCE],
      detailType: [detailType],
      detail: { monitor: [this.monitorName], ...detail },
    });
    rule.addTarget(options.target);
    return rule;
  }
}
