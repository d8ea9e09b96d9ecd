import type { GoogleSettings, GoogleUrls } from '../../google-contract';

/** Addresses of Google's APIs, as the settings name them or as they are. */
export function urlOf({ region, urls = {} }: GoogleSettings, service: keyof GoogleUrls): string {
  const host = service === 'vertex' ? `${region}-aiplatform` : HOSTS[service];
  return urls[service] ?? `https://${host}.googleapis.com`;
}

const HOSTS: Readonly<Record<Exclude<keyof GoogleUrls, 'vertex'>, string>> = {
  storage: 'storage',
  monitoring: 'monitoring',
  executions: 'workflowexecutions',
  bigquery: 'bigquery',
  pubsub: 'pubsub',
};

/** A query, encoded. Values that are lists are given one by one; what is undefined is left out. */
export function query(parameters: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : (value ?? [])).map((one) => `${name}=${encodeURIComponent(one)}`),
  );
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}
