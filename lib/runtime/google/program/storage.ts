/** Records and other texts in Cloud Storage. */
import type { GoogleSettings } from '../../google-contract';
import type { HttpRequest, Requesting } from './protocol';
import { ask, bodyOf, ifAny } from './turn';
import { query, urlOf } from './urls';

/** An object: its bucket and its name. */
export interface Place {
  readonly bucket: string;
  readonly name: string;
}

/** What an object holds, and which of its generations that is. */
export interface Stored {
  readonly generation: string;
  readonly text: string;
}

/** Another has written between our reading and our writing: what was read counts no more. */
export class WrittenByAnother extends Error {
  public override readonly name: string = 'WrittenByAnother';
}

function objectUrl(settings: GoogleSettings, { bucket, name }: Place): string {
  return `${urlOf(settings, 'storage')}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
}

/** The request that asks for an object's generation; {@link generationIn} reads its answer. */
export function generationRequest(settings: GoogleSettings, place: Place): HttpRequest {
  return { method: 'GET', url: objectUrl(settings, place) + query({ fields: 'generation' }) };
}

/** Generation of an object; nothing where there is none. */
export function* generationOf(settings: GoogleSettings, place: Place): Requesting<string | undefined> {
  const found = yield* ifAny<{ generation: string }>(generationRequest(settings, place));
  return found?.generation;
}

/** What one generation of an object holds; nothing where it is there no more. Answers are small: that is the caller's care. */
export function* contentOf(settings: GoogleSettings, place: Place, generation: string): Requesting<string | undefined> {
  const url = objectUrl(settings, place) + query({ alt: 'media', generation });
  const content = yield* ifAny<unknown>({ method: 'GET', url });
  return content === undefined || typeof content === 'string' ? content : JSON.stringify(content); // JSON has been parsed on the way
}

/** An object as it is now. What is replaced between the two requests is read again. */
export function* readObject(settings: GoogleSettings, place: Place): Requesting<Stored | undefined> {
  for (;;) {
    const generation = yield* generationOf(settings, place);
    if (generation === undefined) return undefined;
    const text = yield* contentOf(settings, place, generation);
    if (text !== undefined) return { generation, text };
  }
}

/**
 * Writes an object, if it still is what was read: the generation that was read, or nothing.
 *
 * @throws {@link WrittenByAnother} when it is not. An own attempt whose answer was lost may be that other, too.
 */
export function* writeObject(
  settings: GoogleSettings,
  { bucket, name }: Place,
  text: string,
  read: string | undefined,
): Requesting<string> {
  const parameters = { uploadType: 'media', name, ifGenerationMatch: read ?? '0', fields: 'generation' };
  const url = `${urlOf(settings, 'storage')}/upload/storage/v1/b/${bucket}/o${query(parameters)}`;
  const request: HttpRequest = { method: 'POST', url, text };
  const answer = yield* ask(request);
  if (answer.status === 412) throw new WrittenByAnother(`${name} was written by another at the same time`);
  return bodyOf<{ generation: string }>(request, answer).generation;
}
