/** Table format of the offline feature store on AWS. */
export type OfflineTableFormat = 'iceberg' | 'glue';

/** What only AWS has, and exact values for it. */
export interface AwsConfig {
  /**
   * Training data on AWS.
   * @default - `data.training`
   */
  readonly trainingData?: string;

  /**
   * Validation data on AWS.
   * @default - `data.validation`
   */
  readonly validationData?: string;

  /**
   * Test data on AWS.
   * @default - `data.test`
   */
  readonly testData?: string;

  /**
   * Ground truth on AWS.
   * @default - `monitoring.quality.groundTruth.location`
   */
  readonly groundTruth?: string;

  /**
   * Folder of batch input on AWS.
   * @default - `serving.batch.input`
   */
  readonly batchInput?: string;

  /**
   * Folder of batch output on AWS.
   * @default - `serving.batch.output`
   */
  readonly batchOutput?: string;

  /**
   * Folder of asynchronous answers on AWS.
   * @default - `serving.asynchronous.output`
   */
  readonly asynchronousOutput?: string;

  /**
   * Instance type of the training job, for example `ml.m5.2xlarge`.
   * @default - by `training.compute`
   */
  readonly trainingInstanceType?: string;

  /**
   * Instance type of preprocessing and evaluation.
   * @default - by `training.compute`
   */
  readonly processingInstanceType?: string;

  /**
   * Instance type of the endpoint.
   * @default - by `serving.compute`
   */
  readonly servingInstanceType?: string;

  /**
   * Training image.
   * @default - `training.image`, or the framework's
   */
  readonly trainingImage?: string;

  /**
   * Serving image.
   * @default - `serving.image`, or the framework's
   */
  readonly servingImage?: string;

  /**
   * Framework version on AWS, where it is named differently, for example `1.7-1`.
   * @default - `training.framework.version`
   */
  readonly frameworkVersion?: string;

  /**
   * Containers reach no network at all.
   * @default false
   */
  readonly networkIsolation?: boolean;

  /**
   * Format of offline feature tables; it cannot be changed later.
   * @default 'iceberg'
   */
  readonly offlineTableFormat?: OfflineTableFormat;
}

/** What only Google Cloud has, and exact values for it. */
export interface GoogleConfig {
  /** Project id; it cannot be changed later. */
  readonly project: string;

  /**
   * Project number, in quotes; service agents are named by it.
   * @default - looked up by Terraform
   */
  readonly projectNumber?: string;

  /** Region, for example `europe-west4`; it cannot be changed later. */
  readonly region: string;

  /**
   * Training data on Google Cloud.
   * @default - `data.training`
   */
  readonly trainingData?: string;

  /**
   * Validation data on Google Cloud.
   * @default - `data.validation`
   */
  readonly validationData?: string;

  /**
   * Test data on Google Cloud.
   * @default - `data.test`
   */
  readonly testData?: string;

  /**
   * Ground truth on Google Cloud.
   * @default - `monitoring.quality.groundTruth.location`
   */
  readonly groundTruth?: string;

  /**
   * Folder of batch input on Google Cloud.
   * @default - `serving.batch.input`
   */
  readonly batchInput?: string;

  /**
   * Folder of batch output on Google Cloud.
   * @default - `serving.batch.output`
   */
  readonly batchOutput?: string;

  /**
   * Machine type of the training step, for example `n2-standard-8`.
   * @default - by `training.compute`
   */
  readonly trainingMachineType?: string;

  /**
   * Machine type of the endpoint.
   * @default - by `serving.compute`
   */
  readonly servingMachineType?: string;

  /**
   * Training image.
   * @default - `training.image`, or the framework's
   */
  readonly trainingImage?: string;

  /**
   * Serving image.
   * @default - `serving.image`, or the framework's
   */
  readonly servingImage?: string;

  /**
   * Framework version on Google Cloud, where it is named differently.
   * @default - `training.framework.version`
   */
  readonly frameworkVersion?: string;
}
