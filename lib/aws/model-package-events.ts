/** Events of a registry's versions, as EventBridge matches them. */
export interface VersionPattern {
  readonly source: 'aws.sagemaker';
  readonly detailType: string;
  readonly detail: { readonly [field: string]: any };
}

/** Every change of a version of a group. */
export function statePattern(modelPackageGroupName: string): VersionPattern {
  return {
    source: 'aws.sagemaker',
    detailType: 'SageMaker Model Package State Change',
    detail: { ModelPackageGroupName: [modelPackageGroupName] },
  };
}

/** Versions that become approved; not edits of an approved version's metadata. */
export function approvalPattern(modelPackageGroupName: string): VersionPattern {
  const pattern = statePattern(modelPackageGroupName);
  return {
    ...pattern,
    detail: {
      ...pattern.detail,
      ModelApprovalStatus: ['Approved'],
      // A version that is approved as it is created may come without the list of changed fields.
      $or: [{ UpdatedModelPackageFields: ['ModelApprovalStatus'] }, { UpdatedModelPackageFields: [{ exists: false }] }],
    },
  };
}
