import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import type { DriftStateChange } from '../runtime/drift-contract';
import type { GoogleMonitorMetric } from '../runtime/google-drift-contract';
import { monitorWorkflow } from './drift/names';
import { workflowName } from './encrypted-workflow';
import type { GoogleLocation } from './google-location';
import { checkMember, once } from './iam-members';
import { GoogleResource } from './l1/google-resource';
import { claimName, hyphenated, stableId } from './resource-names';
import type { IServiceAccount } from './service-account';

/** Who hears of a change, and how. */
export interface OnChangeOptions {
  /**
   * Address that messages are posted to.
   * @default - none: messages wait until they are pulled, for seven days
   */
  readonly pushEndpoint?: string;

  /**
   * Account whose token comes with each message; Pub/Sub's service agent needs `roles/iam.serviceAccountTokenCreator` on it.
   * @default - none: messages are posted without a token
   */
  readonly serviceAccount?: IServiceAccount;
}

/** Watches whether what a model is asked, answers, and is worth is still what it was trained for. */
export interface IDriftMonitor extends IConstruct {
  /** Name of the monitor: of its record, its metrics and its messages. */
  readonly monitorName: string;

  /** `projects/PROJECT/locations/REGION/workflows/NAME`: an execution looks for drift, makes a baseline, or decides on a retraining. */
  readonly workflowName: string;

  /** `projects/PROJECT/topics/NAME`: every change of state is a message, whose data is JSON (docs/drift.md). */
  readonly topicName: string;

  /**
   * A subscription to drift that begins. The message tells the columns and the reason, and where the report is; it comes once for an
   * episode, and in rare cases twice: the attribute `incident` tells them apart.
   */
  onDrift(id: string, options?: OnChangeOptions): GoogleResource<'google_pubsub_subscription'>;

  /** A subscription to quality that becomes poor, or fine again: the attribute `state` is `drift` or `ok`. */
  onQualityChange(id: string, options?: OnChangeOptions): GoogleResource<'google_pubsub_subscription'>;

  /**
   * Allows subscribing to the topic (`roles/pubsub.subscriber`).
   * @param member for example `serviceAccount:a@b.iam.gserviceaccount.com`
   */
  grantSubscribe(member: string): GoogleResource;

  /**
   * Filter of Cloud Monitoring for a metric of the monitor.
   * @param metric `drift`, `max_drift`, `drifted_share`, `column_drift`, `rows`, `quality`, `quality_poor`, `unreadable_requests` or
   * `bytes_scanned`
   * @param conditions more conditions, for example `metric.labels.column="origin"`
   */
  metricFilter(metric: string, ...conditions: string[]): string;
}

/** Created and imported monitors. */
export abstract class DriftMonitorBase extends Construct implements IDriftMonitor {
  public abstract readonly monitorName: string;
  public abstract readonly topicName: string;
  protected abstract readonly location: GoogleLocation;

  public get workflowName(): string {
    return workflowName(this.location, monitorWorkflow(this.monitorName));
  }

  public onDrift(id: string, options: OnChangeOptions = {}): GoogleResource<'google_pubsub_subscription'> {
    return this.subscribe(id, options, 'Drift State Change', ['attributes.state = "drift"']);
  }

  public onQualityChange(id: string, options: OnChangeOptions = {}): GoogleResource<'google_pubsub_subscription'> {
    return this.subscribe(id, options, 'Quality State Change');
  }

  public grantSubscribe(member: string): GoogleResource {
    checkMember(this, member);
    const { project } = this.location;
    const id = stableId(this, member);
    return once(this, 'Subscribers', id, (parent) => {
      const binding = { project, topic: this.topicName, role: 'roles/pubsub.subscriber', member };
      return new GoogleResource(parent, id, 'google_pubsub_topic_iam_member', binding);
    });
  }

  public metricFilter(metric: string, ...conditions: string[]): string {
    const type = `custom.googleapis.com/cdk_mlops/${metric as GoogleMonitorMetric}`;
    return [
      `metric.type="${type}"`,
      'resource.type="global"',
      `metric.labels.monitor="${this.monitorName}"`,
      ...conditions,
    ].join(' AND ');
  }

  private subscribe(
    id: string,
    { pushEndpoint, serviceAccount }: OnChangeOptions,
    detailType: DriftStateChange['detailType'],
    conditions: string[] = [],
  ): GoogleResource<'google_pubsub_subscription'> {
    const name = hyphenated(this, 'id', `${this.monitorName}-${id}`);
    claimName(this, 'subscription', name);
    const token = serviceAccount && { oidc_token: { service_account_email: serviceAccount.email } };
    return new GoogleResource(this, id, 'google_pubsub_subscription', {
      project: this.location.project,
      name,
      topic: this.topicName,
      filter: [`attributes.detailType = "${detailType}"`, ...conditions].join(' AND '),
      expiration_policy: { ttl: '' }, // never, however long nothing drifts
      ...(pushEndpoint !== undefined && { push_config: { push_endpoint: pushEndpoint, ...token } }),
    });
  }
}
