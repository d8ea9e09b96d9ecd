import { show } from '../problems';
import type { ConfigProblem } from '../problems';
import { holdsToken } from '../tokens';
import type { ConfigDraft, Rule } from './rule';

type Cloud = 'aws' | 'google';

const NAMES: Readonly<Record<Cloud, string>> = { aws: 'AWS', google: 'Google Cloud' };

function isOn(cloud: Cloud, location: string): boolean {
  return holdsToken(location) || location.startsWith('s3://') === (cloud === 'aws');
}

function allowedOn(cloud: Cloud): string {
  return cloud === 'aws' ? 's3://bucket/prefix' : 'gs://bucket/prefix, bq://project.dataset.table';
}

const dataOnCloud: Rule = {
  sections: ['data'],
  reads: ['aws', 'google'],
  check: (draft, { cloud }) => {
    if (cloud === undefined) return [];
    return (['training', 'validation', 'test'] as const).flatMap((set) => {
      const location = draft.data?.[set];
      if (location === undefined || isOn(cloud, location) || draft[cloud]?.[`${set}Data`] !== undefined) return [];
      const message = `got ${show(location)}, allowed on ${NAMES[cloud]}: ${allowedOn(cloud)}; or name a location there with ${cloud}.${set}Data`;
      return [{ path: `data.${set}`, message }];
    });
  },
};

const otherLocationsOnCloud: Rule = {
  sections: [],
  reads: ['aws', 'google'],
  check: (draft, { cloud }) => {
    if (cloud === undefined) return [];
    const own = draft[cloud] as Readonly<Record<string, unknown>> | undefined;
    return otherLocations(draft).flatMap(({ path, location, key }): ConfigProblem[] => {
      if (location === undefined || isOn(cloud, location) || own?.[key] !== undefined) return [];
      const message = `got ${show(location)}, allowed on ${NAMES[cloud]}: ${allowedOn(cloud)}; or name a location there with ${cloud}.${key}`;
      return [{ path, message }];
    });
  },
};

/** Locations other than training data, each with the key that overrides it under a cloud. */
function otherLocations({ serving, monitoring }: ConfigDraft): { path: string; location?: string; key: string }[] {
  return [
    { path: 'serving.batch.input', location: serving?.batch?.input, key: 'batchInput' },
    { path: 'serving.batch.output', location: serving?.batch?.output, key: 'batchOutput' },
    { path: 'serving.asynchronous.output', location: serving?.asynchronous?.output, key: 'asynchronousOutput' },
    {
      path: 'monitoring.quality.groundTruth.location',
      location: monitoring?.quality?.groundTruth?.location,
      key: 'groundTruth',
    },
  ];
}

const googleNeedsSection: Rule = {
  sections: [],
  reads: ['google'],
  check: ({ google }, { whole, cloud }) => {
    if (!whole || cloud !== 'google' || google !== undefined) return [];
    return [{ path: 'google', message: 'missing; Google Cloud needs project and region' }];
  },
};

/** Rules of one named cloud. */
export const LOCATION_RULES: readonly Rule[] = [dataOnCloud, otherLocationsOnCloud, googleNeedsSection];
