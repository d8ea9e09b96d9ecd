import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type {
  AwsConfig,
  DataConfig,
  FeatureStoreConfig,
  GoogleConfig,
  MaturityLevel,
  MlopsConfig,
  MonitoringConfig,
  RetrainingConfig,
  ServingConfig,
  TrainingConfig,
} from '../../lib';
import type {
  ResolvedAws,
  ResolvedConfig,
  ResolvedData,
  ResolvedFeatureStore,
  ResolvedGoogle,
  ResolvedMonitoring,
  ResolvedRetraining,
  ResolvedServing,
  ResolvedTraining,
  Schemas,
} from '../../lib/config/schema';

type IsAny<T> = 0 extends 1 & T ? true : false;
// A key of an index signature is neither.
type IsOptional<T, Key extends keyof T> = string extends Key ? false : object extends Pick<T, Key> ? true : false;
type Values<T> = T[keyof T];

/**
 * The paths at which two types differ: keys, optionality, literals, in depth. `readonly` does not count, and `any` (which the
 * public structs need where jsii has no union) equals everything.
 */
type Differences<A, B, Path extends string = '$'> =
  IsAny<A> extends true
    ? never
    : IsAny<B> extends true
      ? never
      : [A] extends [readonly (infer ItemA)[]]
        ? [B] extends [readonly (infer ItemB)[]]
          ? Differences<ItemA, ItemB, `${Path}[]`>
          : Path
        : [A] extends [object]
          ? [B] extends [object]
            ? ObjectDifferences<A, B, Path>
            : Path
          : [A] extends [B]
            ? [B] extends [A]
              ? never
              : Path
            : Path;

type ObjectDifferences<A, B, Path extends string> =
  | `${Path}.${Exclude<keyof A, keyof B> & string}`
  | `${Path}.${Exclude<keyof B, keyof A> & string}`
  | Values<{
      [Key in keyof A & keyof B & string]-?:
        | (IsOptional<A, Key> extends IsOptional<B, Key> ? never : `${Path}.${Key}?`)
        | Differences<NonNullable<A[Key]>, NonNullable<B[Key]>, `${Path}.${Key}`>;
    }>;

type InputDifferences<Public, Name extends keyof Schemas> = Differences<Public, z.input<Schemas[Name]>>;

test('the schema takes exactly the public structs', () => {
  expectTypeOf<InputDifferences<MlopsConfig, 'config'>>().toBeNever();
  expectTypeOf<InputDifferences<DataConfig, 'data'>>().toBeNever();
  expectTypeOf<InputDifferences<TrainingConfig, 'training'>>().toBeNever();
  expectTypeOf<InputDifferences<ServingConfig, 'serving'>>().toBeNever();
  expectTypeOf<InputDifferences<MonitoringConfig, 'monitoring'>>().toBeNever();
  expectTypeOf<InputDifferences<RetrainingConfig, 'retraining'>>().toBeNever();
  expectTypeOf<InputDifferences<FeatureStoreConfig, 'featureStore'>>().toBeNever();
  expectTypeOf<InputDifferences<AwsConfig, 'aws'>>().toBeNever();
  expectTypeOf<InputDifferences<GoogleConfig, 'google'>>().toBeNever();
});

test('the comparison sees a missing key, another literal and another optionality, in depth', () => {
  expectTypeOf<Differences<{ a: { b?: 'x' } }, { a: { b?: 'x'; c?: 1 } }>>().toEqualTypeOf<'$.a.c'>();
  expectTypeOf<Differences<{ a: ('x' | 'y')[] }, { readonly a: readonly 'x'[] }>>().toEqualTypeOf<'$.a[]'>();
  expectTypeOf<Differences<{ a?: { [key: string]: 1 } }, { a?: { [key: string]: 2 } }>>().not.toBeNever();
  expectTypeOf<Differences<{ a: { b: 1 } }, { a: { b?: 1 } }>>().toEqualTypeOf<'$.a.b?'>();
  expectTypeOf<Differences<{ level: MaturityLevel }, { level: 0 | 1 | 2 }>>().toBeNever();
  expectTypeOf<Differences<{ level: MaturityLevel }, { level: 0 | 1 }>>().not.toBeNever();
});

test('a resolved section can stand where its public struct is asked for', () => {
  expectTypeOf<ResolvedConfig>().toExtend<MlopsConfig>();
  expectTypeOf<ResolvedData>().toExtend<DataConfig>();
  expectTypeOf<ResolvedTraining>().toExtend<TrainingConfig>();
  expectTypeOf<ResolvedServing>().toExtend<ServingConfig>();
  expectTypeOf<ResolvedMonitoring>().toExtend<MonitoringConfig>();
  expectTypeOf<ResolvedRetraining>().toExtend<RetrainingConfig>();
  expectTypeOf<ResolvedFeatureStore>().toExtend<FeatureStoreConfig>();
  expectTypeOf<ResolvedAws>().toExtend<AwsConfig>();
  expectTypeOf<ResolvedGoogle>().toExtend<GoogleConfig>();
});

test('levels may be written as numbers', () => {
  const config: MlopsConfig = { name: 'flights', level: 1 };
  expect(config.level).toBe(1);
  // @ts-expect-error there is no level 3
  const beyond: MlopsConfig = { name: 'flights', level: 3 };
  expect(beyond.level).toBe(3);
});
