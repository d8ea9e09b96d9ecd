/** Names of what the deployer makes. */

/** What the deployer makes for an endpoint is called `<endpoint>-<id>`: a time and four characters of the execution. */
export function deploymentId(now: string, execution: string): string {
  const time = now.replace(/\..*$/, '').replace(/[-:]/g, '').replace('T', '-');
  return `${time}-${fingerprint(`${execution} ${now}`)}`;
}

/** Four characters that tell executions of one second apart (FNV-1a; BigQuery's JavaScript has no hash functions). */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 16)) & 0xffff).toString(16).padStart(4, '0');
}

/** Whether a name is one that the deployer gives to models of this endpoint. Others' names may begin alike. */
export function isOurs(endpoint: string, name = ''): boolean {
  const rest = name.startsWith(`${endpoint}-`) ? name.slice(endpoint.length + 1) : '';
  return /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(rest);
}

/** Id of a model on the endpoint: ten digits, the second in which it was made, or the next one that is free. */
export function deployedModelId(now: string, taken: readonly string[]): string {
  let id = Math.floor(Date.parse(now) / 1000);
  while (taken.includes(String(id))) id++;
  return String(id);
}

/** Longest id of a model in the registry. */
const LONGEST_MODEL_ID = 63;

/** Id of a model that is uploaded for one deployment. It may not start with a digit or a hyphen. */
export function uploadedModelId(configName: string): string {
  return configName.length <= LONGEST_MODEL_ID ? configName : `m${configName.slice(1 - LONGEST_MODEL_ID)}`;
}

/** Label of models that are uploaded for an endpoint. */
export const ENDPOINT_LABEL = 'cdk_mlops_endpoint';
