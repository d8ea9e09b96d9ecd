/**
 * Tokens of the CDK and of CDKTF, recognised by their documented text form, so that configs are read without either library.
 */

/** A part of a regular expression that matches a token inside a string. */
export const TOKEN_PATTERN = String.raw`\$\{(?:Tf)?Token\[[^\]]*\]\}`;

const STRING_TOKEN = new RegExp(TOKEN_PATTERN);
const LIST_TOKEN = /^#\{(?:Tf)?Token\[[^\]]*\]\}$/;

/** Whether a string holds a value that is known only when the template is deployed. */
export function holdsToken(text: string): boolean {
  return STRING_TOKEN.test(text);
}

/** Whether a number stands for a token: both libraries mark the upper sixteen bits of the double with 0xfbff. */
export function isNumberToken(value: number): boolean {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getUint16(0) === 0xfbff;
}

/** Whether a list stands for a token: both libraries write it as one marked string. */
export function isListToken(list: readonly unknown[]): boolean {
  return list.length === 1 && typeof list[0] === 'string' && LIST_TOKEN.test(list[0]);
}

/** Whether an object is a token itself (`Lazy.any`, `Fn.getAtt`) and not yet a value. */
export function isResolvable(value: object): boolean {
  return 'resolve' in value && typeof value.resolve === 'function';
}

/** Whether any kind of token stands where a plain value is expected. */
export function isToken(value: unknown): boolean {
  if (typeof value === 'string') return holdsToken(value);
  if (typeof value === 'number') return isNumberToken(value);
  if (Array.isArray(value)) return isListToken(value);
  return typeof value === 'object' && value !== null && isResolvable(value);
}
