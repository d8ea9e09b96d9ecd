import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import type { ServingMode } from '../config/serving';
import { CustomRole } from './custom-role';
import type { GoogleLocation } from './google-location';
import type { GoogleResource } from './l1/google-resource';
import { customRoleId, nameElsewhere } from './resource-names';

/** An endpoint whose model the deployer chooses. */
export interface IModelEndpoint extends IConstruct {
  /** Name of the endpoint. Its record, its deployer and its monitor are called by it. */
  readonly endpointName: string;

  /** Number of the endpoint in Vertex AI, derived from its name. */
  readonly endpointId: string;

  /** `projects/PROJECT/locations/REGION/endpoints/NUMBER`; of one that predicts in batches there is nothing of that name. */
  readonly resourceName: string;

  /** Project and region. */
  readonly location: GoogleLocation;

  /**
   * How predictions are asked for.
   * @default - not known: the endpoint was imported
   */
  readonly mode?: ServingMode;

  /**
   * Allows asking for predictions (`aiplatform.endpoints.predict`). Endpoints have no access policy of their own in the google provider,
   * and conditions on their names do not exist: it holds for all endpoints of the project.
   * @param member for example `serviceAccount:a@b.iam.gserviceaccount.com`
   * @param user whoever asks, when it stands in another stack: the grant then stands there. Default: it stands here
   */
  grantInvoke(member: string, user?: Construct): GoogleResource;

  /**
   * Filter of Cloud Monitoring for a metric of the endpoint.
   * @param metric `response_count`, `error_count`, `prediction_count`, `prediction_latencies`, `replicas` and others below
   * `aiplatform.googleapis.com/prediction/online/`
   * @param conditions more conditions, for example `metric.labels.response_code="500"`
   */
  metricFilter(metric: string, ...conditions: string[]): string;
}

/** Created and imported endpoints. */
export abstract class ModelEndpointBase extends Construct implements IModelEndpoint {
  public abstract readonly endpointName: string;
  public abstract readonly endpointId: string;
  public abstract readonly location: GoogleLocation;
  public abstract readonly mode?: ServingMode;

  public get resourceName(): string {
    const { project, region } = this.location;
    return `projects/${project}/locations/${region}/endpoints/${this.endpointId}`;
  }

  public grantInvoke(member: string, user?: Construct): GoogleResource {
    return this.invokeRole(nameElsewhere(this, this.endpointName)).grant(member, user);
  }

  public metricFilter(metric: string, ...conditions: string[]): string {
    return [
      `metric.type="aiplatform.googleapis.com/prediction/online/${metric}"`,
      'resource.type="aiplatform.googleapis.com/Endpoint"',
      `resource.labels.location="${this.location.region}"`,
      `resource.labels.endpoint_id="${this.endpointId}"`,
      ...conditions,
    ].join(' AND ');
  }

  /** The role of whoever asks for predictions, made once. */
  protected invokeRole(name: string): CustomRole {
    const existing = this.node.tryFindChild('InvokeRole') as CustomRole | undefined;
    return (
      existing ??
      new CustomRole(this, 'InvokeRole', {
        project: this.location.project,
        roleId: customRoleId(this, name, 'invoke'),
        title: `${this.endpointName}: ask for predictions`,
        permissions: ['aiplatform.endpoints.predict'],
      })
    );
  }
}
