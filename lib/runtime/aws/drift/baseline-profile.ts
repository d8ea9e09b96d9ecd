/** The profile that a model's traffic is compared with. */
import { DescribeModelPackageCommand } from '@aws-sdk/client-sagemaker';
import type { ModelRef } from '../../../deployer/model';
import { modelLabel } from '../../../deployer/model';
import type { Profile } from '../../../statistics/profile';
import { checkProfile } from '../../../statistics/profile';
import type { MonitorSettings } from '../../drift-contract';
import { ifAny } from '../service-errors';
import type { Cloud } from './cloud';
import { AnalysisFailure } from './errors';
import { inWords } from '../service-errors';
import { readForeign } from './objects';

/** A baseline, or why there is none. */
export type FoundBaseline = { readonly profile: Profile } | { readonly without: string };

/** Reads the baseline of the settings, or that of the version that serves. */
export async function findBaseline(
  cloud: Cloud,
  settings: MonitorSettings,
  model: ModelRef | undefined,
): Promise<FoundBaseline> {
  if (settings.baseline !== undefined) return { profile: await readProfile(cloud, settings.baseline) };
  if (model?.version === undefined) {
    const what = model ? `${modelLabel(model)} is no version of the registry` : 'versions are not told apart';
    return { without: `${what}, so it has no baseline of its own; name one in the config, or deploy a version` };
  }
  const command = new DescribeModelPackageCommand({ ModelPackageName: model.version });
  const found = await ifAny(cloud.sagemaker.send(command));
  if (!found) return { without: `${modelLabel(model)} is not in the registry any more, and its baseline with it` };
  const uri = found.CustomerMetadataProperties?.baselineUri;
  if (uri === undefined) return { without: `${modelLabel(model)} was trained without a baseline; train it again` };
  return { profile: await readProfile(cloud, uri) };
}

async function readProfile({ s3 }: Cloud, uri: string): Promise<Profile> {
  const document = await readForeign(s3, uri, 'the baseline');
  try {
    return checkProfile(document);
  } catch (error) {
    throw new AnalysisFailure(`the baseline ${uri} is no profile: ${inWords(error)}`);
  }
}
