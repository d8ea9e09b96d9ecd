/**
 * The Terraform engine: the only file that names it. `cdktf` is the import; who prefers CDK Terrain installs it under that name
 * (`npm install cdktf@npm:cdktn`). It is no dependency of this package, so that AWS users never install it.
 */
import type * as Cdktf from 'cdktf';
import type { IConstruct } from 'constructs';

function loadEngine(): typeof Cdktf {
  try {
    return require('cdktf') as typeof Cdktf;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(
      'cdk-mlops/google needs a Terraform engine, and cdktf is not installed; run: npm install cdktf@^0.21 constructs ' +
        '(or CDK Terrain under that name: npm install cdktf@npm:cdktn constructs)',
      { cause: error },
    );
  }
}

const engine = loadEngine();

export const App = engine.App;
export type App = Cdktf.App;
export const TerraformStack = engine.TerraformStack;
export type TerraformStack = Cdktf.TerraformStack;
export const TerraformResource = engine.TerraformResource;
export type TerraformResource = Cdktf.TerraformResource;
export const TerraformDataSource = engine.TerraformDataSource;
export type TerraformDataSource = Cdktf.TerraformDataSource;
export const TerraformProvider = engine.TerraformProvider;
export type TerraformProvider = Cdktf.TerraformProvider;
export const TerraformAsset = engine.TerraformAsset;
export const AssetType = engine.AssetType;
export const Token = engine.Token;
export const Lazy = engine.Lazy;
export const Fn = engine.Fn;
export const Annotations = engine.Annotations;
export const Aspects = engine.Aspects;
export const LocalBackend = engine.LocalBackend;
export const GcsBackend = engine.GcsBackend;
export type TerraformMetaArguments = Cdktf.TerraformMetaArguments;

/** A value with its tokens as Terraform expressions, for example `${google_storage_bucket.artifacts.name}`. */
export function resolve<T>(scope: IConstruct, value: T): T {
  const resolver = new engine.DefaultTokenResolver(new engine.StringConcat());
  return engine.Tokenization.resolve(value, { scope, resolver, preparing: false }) as T;
}
