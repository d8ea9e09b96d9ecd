import { readFileSync } from 'node:fs';
import { checkProfile } from '../statistics/profile';

/**
 * The text of a file that `cdk-mlops profile` wrote.
 *
 * @throws when the file cannot be read, or is no profile
 */
export function readProfileFile(path: string): string {
  const refuse = (why: string) => new Error(`${path} ${why}; make one with cdk-mlops profile`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw refuse('cannot be read');
  }
  try {
    checkProfile(JSON.parse(text));
  } catch (error) {
    throw refuse(`is no profile: ${(error as Error).message}`);
  }
  return text;
}
