import { show } from '../problems';
import type { ConfigDraft, Rule } from './rule';

/** A rule of Google Cloud alone. */
function onGoogle(sections: Rule['sections'], check: (draft: ConfigDraft) => ReturnType<Rule['check']>): Rule {
  return { sections, reads: [], check: (draft, { cloud }) => (cloud === 'google' ? check(draft) : []) };
}

/** Vertex AI endpoints keep at least one machine, and answer requests at once. */
const servingModes = onGoogle(['serving'], ({ serving }) => {
  const mode = serving?.mode;
  if (mode !== 'serverless' && mode !== 'asynchronous') return [];
  const message = `got ${show(mode)}, allowed on Google Cloud: realtime, batch; Vertex AI has no ${mode} endpoints`;
  return [{ path: 'serving.mode', message }];
});

/** The online store is a copy of BigQuery, which is the offline store. */
const offlineStore = onGoogle(['featureStore'], ({ featureStore }) =>
  (featureStore?.groups ?? []).flatMap((group, i) => {
    if (group?.offline !== false) return [];
    const message =
      'got false, allowed on Google Cloud: true; its online store is filled from BigQuery, which is the offline store';
    return [{ path: `featureStore.groups[${i}].offline`, message }];
  }),
);

/** What Google Cloud cannot do. */
export const GOOGLE_RULES: readonly Rule[] = [servingModes, offlineStore];
