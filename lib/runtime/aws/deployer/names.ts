import { createHash } from 'node:crypto';

/** What the deployer makes for an endpoint is called `<endpoint>-<id>`: a time and four characters of the execution. */
export function deploymentId(now: string, execution: string): string {
  const time = now.replace(/\..*$/, '').replace(/[-:]/g, '').replace('T', '-');
  return `${time}-${createHash('sha256').update(`${execution} ${now}`).digest('hex').slice(0, 4)}`;
}

/** Whether a name is one that the deployer gives to resources of this endpoint. Others' names may begin alike. */
export function isOurs(endpoint: string, name: string): boolean {
  const rest = name.startsWith(`${endpoint}-`) ? name.slice(endpoint.length + 1) : '';
  return /^\d{8}-\d{6}-[0-9a-f]{4}(-errors|-latency|-wake-up)?$/.test(rest);
}

/** Tags that say whose an endpoint is: they outlive the record. */
export const OWNER_TAGS = { stack: 'cdk-mlops:stack', resource: 'cdk-mlops:resource' } as const;
