export { GoogleDataSource, GoogleProvider, GoogleResource } from './l1/google-resource';
export type { GoogleProviderProps } from './l1/google-resource';
