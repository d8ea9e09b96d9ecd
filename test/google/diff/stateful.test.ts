import { expect, test } from 'vitest';
import { NAME_ARGUMENTS } from '../../../lib/google/diff/collisions';
import { PROVIDERS } from '../../../lib/google/diff/provider-facts';
import { RULES } from '../../../lib/google/diff/rules';
import { STATEFUL_TYPES, STATELESS_BY_DECISION, stateOf } from '../../../lib/google/diff/stateful';
import resourceTypes from '../facts/resource-types.json';

const known = new Set(Object.values(resourceTypes).flat());
const inUse = Object.keys(PROVIDERS[0].types).filter((type) => !type.startsWith('data.'));

test('the lists name types that exist, and no type twice', () => {
  const listed = [...Object.keys(STATEFUL_TYPES), ...Object.keys(STATELESS_BY_DECISION)];
  expect(listed.filter((type) => !known.has(type))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
});

test('whatever the provider protects from deletion is stateful, or its omission is reasoned', () => {
  const guarded = ['force_destroy', 'deletion_protection', 'delete_contents_on_destroy'];
  const types = inUse.filter((type) => guarded.some((argument) => argument in PROVIDERS[1].types[type]));
  expect(types).toContain('google_storage_bucket');
  expect(types.filter((type) => !(type in STATEFUL_TYPES) && !(type in STATELESS_BY_DECISION))).toEqual([]);
});

test.each(['google_kms_crypto_key', 'google_bigquery_table', 'google_vertex_ai_feature_group'])(
  '%s is stateful',
  (type) => expect(stateOf(type)).toBeDefined(),
);

test.each(['google_project_iam_member', 'google_workflows_workflow', 'google_monitoring_dashboard'])(
  '%s is not',
  (type) => expect(stateOf(type)).toBeUndefined(),
);

test('the names of resources are arguments that replace them, or make them what they are', () => {
  for (const [type, names] of Object.entries(NAME_ARGUMENTS)) {
    for (const name of names) {
      const facts = PROVIDERS.map(({ types }) => types[type][name]);
      const ruled = RULES.some((rule) => rule.type === type && rule.argument === name);
      expect(
        facts.every((argument) => argument.forceNew || ruled),
        `${type}.${name}`,
      ).toBe(true);
    }
  }
  const named = inUse.filter((type) => PROVIDERS[0].types[type].name?.required);
  expect(named.filter((type) => !(type in NAME_ARGUMENTS))).toEqual([]);
});

test('the rules are of arguments that exist', () => {
  for (const { type, argument } of RULES) {
    const facts = argument.split('.').reduce<any>((of, step) => (of.arguments ?? of)[step], PROVIDERS[0].types[type]);
    expect(facts, `${type}.${argument}`).toBeDefined();
  }
});
