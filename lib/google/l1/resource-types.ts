/** Arguments of the resource types in use: replaced by the generated table. */
export interface ResourceArguments {
  [type: `google_${string}`]: Record<string, any>;
}
export interface DataSourceArguments {
  [type: `google_${string}`]: Record<string, any>;
}
export type ResourceType = keyof ResourceArguments;
export type DataSourceType = keyof DataSourceArguments;
