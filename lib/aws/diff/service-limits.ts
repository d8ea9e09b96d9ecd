import type { ServiceLimit } from '../../plan/change';
import type { PropertyDifference } from './property-changes';
import { isCustomResource } from './replacement';
import type { TemplateResource } from './template';
import { sameValue } from './template';

/** What the services reject although the specification says that it updates in place. */
export function serviceLimits(
  before: TemplateResource,
  after: TemplateResource,
  differences: readonly PropertyDifference[],
): ServiceLimit[] {
  if (before.Type !== after.Type) return [typeChange(before, after)];
  if (after.Type === 'AWS::SageMaker::FeatureGroup') return featureLimits(before, after);
  const token = isCustomResource(after.Type) && differences.some(({ path }) => path[0] === 'ServiceToken');
  return token ? [SERVICE_TOKEN] : [];
}

const SERVICE_TOKEN: ServiceLimit = {
  reason: 'the service token of a custom resource cannot change',
  wayOut: 'keep the function that answers it',
};

function typeChange(before: TemplateResource, after: TemplateResource): ServiceLimit {
  return {
    reason: `the type of a logical id cannot change, from ${before.Type} to ${after.Type}`,
    wayOut: 'give the new resource another construct id',
  };
}

function featureLimits(before: TemplateResource, after: TemplateResource): ServiceLimit[] {
  const [old, now] = [featureTypes(before), featureTypes(after)];
  if (!old || !now) {
    const same = sameValue(before.Properties?.FeatureDefinitions, after.Properties?.FeatureDefinitions);
    return same ? [] : [UNREADABLE_FEATURES];
  }
  return [...old].flatMap(([feature, type]) => {
    if (!now.has(feature)) {
      return [{ reason: `feature '${feature}' is removed, which Feature Store cannot do`, wayOut: KEEP_FEATURE }];
    }
    if (now.get(feature) === type) return [];
    const change = `from ${type} to ${now.get(feature)}`;
    return [
      {
        reason: `feature '${feature}' changes its type ${change}, which Feature Store cannot do`,
        wayOut: KEEP_FEATURE,
      },
    ];
  });
}

const UNREADABLE_FEATURES: ServiceLimit = {
  reason: 'its features cannot be compared: FeatureDefinitions changes and an intrinsic function makes it',
  wayOut: 'spell the features out, or keep FeatureDefinitions as it is',
};

/** A macro whose text, or what it refers to, changes. */
export const UNREADABLE_MACRO: ServiceLimit = {
  reason: 'is a macro, whose resources cannot be compared',
  wayOut: 'keep it as it is, or compare templates in which it is expanded',
};

const KEEP_FEATURE = 'keep the feature as it is, or add a new group with another name';

/** The features of a group by name; `undefined` where the template does not spell them out. */
function featureTypes(group: TemplateResource): Map<string, string> | undefined {
  const definitions = group.Properties?.FeatureDefinitions;
  const plain = (feature: any) => [feature?.FeatureName, feature?.FeatureType].every((v) => typeof v === 'string');
  if (!Array.isArray(definitions) || !definitions.every(plain)) return undefined;
  return new Map(definitions.map(({ FeatureName, FeatureType }) => [FeatureName, FeatureType]));
}
