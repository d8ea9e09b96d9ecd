import { App, TerraformStack } from '../../lib/google/engine';
import { GoogleResource } from '../../lib/google/l1/google-resource';
import * as names from '../../lib/google/resource-names';
import { describe, expect, test } from 'vitest';

const stack = () => new TerraformStack(new App({ stackTraces: false }), 'Stack');
const token = (scope: TerraformStack) =>
  new GoogleResource(scope, 'Topic', 'google_pubsub_topic', { name: 'a', project: 'p' }).attribute('name');
/** The longest name that a config takes. */
const LONGEST = 'a'.repeat(39) + 'b';

describe('names', () => {
  test('are those of the config where these fit', () => {
    const scope = stack();
    expect(names.serviceAccountId(scope, 'flight-delay', 'training')).toBe('flight-delay-training');
    expect(names.bucketName(scope, 'acme-ml', 'flight-delay-artifacts')).toBe('acme-ml-flight-delay-artifacts');
    expect(names.keyRingName(scope, 'flight-delay')).toBe('flight-delay');
    expect(names.customRoleId(scope, 'flight-delay', 'approve')).toBe('flight_delay.approve');
    expect(names.underscored(scope, 'name', 'flight-delay-Air.Time', 60)).toBe('flight_delay_air_time');
    expect(names.hyphenated(scope, 'id', 'flight_delay-OnApproval')).toBe('flight-delay-onapproval');
  });

  test.each([
    ['a service account', 30, (name: string) => names.serviceAccountId(stack(), name, 'training')],
    ['a bucket', 63, (name: string) => names.bucketName(stack(), 'p'.repeat(30), `${name}-artifacts`)],
    ['a key ring', 63, (name: string) => names.keyRingName(stack(), name.repeat(2))],
    ['a role', 64, (name: string) => names.customRoleId(stack(), name.repeat(2), 'approve')],
    ['a dataset', 60, (name: string) => names.underscored(stack(), 'name', name.repeat(2), 60)],
    ['a topic', 63, (name: string) => names.hyphenated(stack(), 'name', name.repeat(2))],
  ])('%s has a name of at most %i characters, apart from others that start alike', (_, maximum, nameOf) => {
    const [one, other] = [nameOf(LONGEST), nameOf(LONGEST.slice(0, -1) + 'c')];
    expect(one.length).toBeLessThanOrEqual(maximum);
    expect(one).not.toBe(other);
    expect(nameOf(LONGEST)).toBe(one);
  });

  test('of buckets are the same when the project comes as a token', () => {
    const scope = stack();
    const project = token(scope);
    const end = names.bucketName(scope, 'acme', LONGEST).slice('acme-'.length);
    expect(names.bucketName(scope, project, LONGEST)).toBe(`${project}-${end}`);
    expect(names.bucketName(scope, 'example.com:acme', 'churn')).toBe('example-com-acme-churn');
  });

  test('that start with a digit are made to start with what the service takes', () => {
    expect(names.underscored(stack(), 'name', '3d', 60)).toBe('_3d');
    expect(names.hyphenated(stack(), 'name', '3d')).toBe('x-3d');
  });

  test('that cannot be used are refused, and said why', () => {
    const scope = stack();
    expect(() => names.serviceAccountId(scope, 'Churn', 'training')).toThrow(
      'name: got "Churn", allowed: lower-case letters, digits and hyphens, starting with a letter and not ending in a hyphen (at Stack)',
    );
    expect(() => names.keyRingName(scope, 'churn-')).toThrow('name: got "churn-"');
    expect(() => names.customRoleId(scope, token(scope), 'x')).toThrow('name: got a value that only Terraform knows');
    expect(() => names.underscored(scope, 'name', '', 9)).toThrow('name: got an empty name');
    expect(() => names.bucketName(scope, 'google-acme', 'churn')).toThrow('give a bucketName');
  });
});

describe('a claimed name', () => {
  test('is refused a second time in its stack, whatever its case', () => {
    const [one, other] = [stack(), stack()];
    names.claimName(one, 'modelId', 'churn');
    expect(() => names.claimName(one, 'modelId', 'Churn')).toThrow('modelId: "Churn" stands twice in stack Stack');
    names.claimName(one, 'bucketName', 'churn');
    names.claimName(other, 'modelId', 'churn');
  });

  test('is compared by what its tokens stand for', () => {
    const scope = stack();
    const name = token(scope);
    names.claimName(scope, 'bucketName', `${name}-a`);
    names.claimName(scope, 'bucketName', `${name}-b`);
    expect(() => names.claimName(scope, 'bucketName', `${name}-a`)).toThrow('stands twice');
  });
});

test('a token in an id does not depend on what was made before', () => {
  const [one, other] = [stack(), stack()];
  new GoogleResource(other, 'Before', 'google_pubsub_topic', { name: 'b', project: 'p' }).attribute('name');
  const [a, b] = [token(one), token(other)];
  expect(a).not.toBe(b);
  expect(names.stableId(one, a)).toBe(names.stableId(other, b));
  expect(names.stableId(one, 'a/b')).toBe('a:b');
});
