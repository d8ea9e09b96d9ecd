/** The data that this cloud's pipeline reads, as S3 URIs. */
export interface DataLocations {
  readonly training: string;
  readonly validation?: string;
  readonly test?: string;
}

/** Everything the steps need that is not in the plan: what exists in this account. */
export interface StepResources {
  readonly data: DataLocations;
  readonly trainingImage: string;
  readonly servingImage: string;
  readonly trainingInstanceType: string;
  readonly processingInstanceType: string;
  readonly servingInstanceType: string;
  readonly source: { readonly uri: string; readonly fileName: string; readonly codeVersion: string };
  /** S3 URI, without a slash at its end, below which every execution writes to a folder of its own. */
  readonly output: string;
  readonly jobRoleArn: string;
  readonly encryptionKeyArn: string;
  readonly networkIsolation: boolean;
  readonly vpc?: { readonly Subnets: string[]; readonly SecurityGroupIds: string[] };
  readonly modelPackageGroupName: string;
  readonly dataManifestFunctionArn: string;
  /** Given when versions get a baseline: where it is asked for, and which columns it profiles. */
  readonly baseline?: { readonly queueUrl: string; readonly rulesUri: string };
  /** Given when versions that pass the gate are approved at once. */
  readonly approveFunctionArn?: string;
}
