import type { ModelRef } from '../../lib/deployer/model';
import type { DeploymentRecord } from '../../lib/deployer/record';
import type { PersonRequest } from '../../lib/deployer/requests';
import type { MonitorRecord } from '../../lib/monitoring/record';

/** Where an endpoint and its deployer are. */
export type Whereabouts = AwsWhereabouts | GoogleWhereabouts;

/** On AWS, as far as the command line says it. */
export interface AwsWhereabouts {
  readonly cloud: 'aws';
  /** @default - the only one of the stack */
  readonly endpoint?: string;
  /** The stack that holds the endpoint; needed unless the deployer is named. */
  readonly stack?: string;
  /** The deployer itself, instead of a look into the stack. */
  readonly deployer?: { readonly stateMachine: string; readonly table: string };
  readonly region?: string;
  readonly profile?: string;
}

/** On Google Cloud everything is found by its name. */
export interface GoogleWhereabouts {
  readonly cloud: 'google';
  readonly endpoint: string;
  readonly project: string;
  readonly region: string;
}

/** A version of the registry. */
export interface FoundVersion {
  readonly model: ModelRef;
  /** `Approved`, also where it was when it was deployed before; or what it is instead. */
  readonly approval: string;
  /** The command that approves it. */
  readonly approve: string;
}

/** What people can do with an endpoint in its cloud. */
export interface Operations {
  readonly endpoint: string;
  /** @throws InputError when there is no record, or none that can be read */
  record(): Promise<DeploymentRecord>;
  /**
   * Finds a version by its number, or by its full name.
   * @throws InputError when it does not exist, or belongs to other models
   */
  version(given: string, record: DeploymentRecord): Promise<FoundVersion>;
  /** Hands a request to the deployer; answers with the execution that takes it. The same request may be handed over again. */
  ask(request: PersonRequest): Promise<string>;
  /** How an execution ended, in words; nothing while it runs. */
  end(execution: string): Promise<string | undefined>;
  /** The records of the drift monitors that watch the endpoint, empty ones before the first run; needs the stack. */
  monitors(): Promise<MonitorRecord[] | undefined>;
  /** What the infrastructure has written and the deployer not read yet, in words; nothing where all has been read. */
  unread(record: DeploymentRecord): Promise<string | undefined>;
}

/** Where a drift monitor is. */
export type MonitorWhereabouts = AwsMonitorWhereabouts | GoogleMonitorWhereabouts;

/** On AWS, as far as the command line says it. */
export interface AwsMonitorWhereabouts {
  readonly cloud: 'aws';
  /** @default - the only one of the stack */
  readonly monitor?: string;
  readonly stack: string;
  readonly region?: string;
  readonly profile?: string;
}

/** On Google Cloud. */
export interface GoogleMonitorWhereabouts extends Omit<GoogleWhereabouts, 'endpoint'> {
  readonly monitor: string;
}

/** What became of a wish to train. */
export interface RetrainingDecision {
  readonly started: boolean;
  /** In words. */
  readonly reason: string;
}

/** What people can do with a drift monitor in its cloud. */
export interface MonitorOperations {
  readonly monitor: string;
  /** Asks for a retraining; answers with the execution that decides. The same id may be asked with again. */
  retrain(id: string, why: string): Promise<string>;
  /**
   * What an execution decided; nothing while it runs.
   * @throws RefusedError when it failed
   */
  decision(execution: string): Promise<RetrainingDecision | undefined>;
}
