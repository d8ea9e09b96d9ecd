// Data of the drift benchmark: the same on every machine, since the numbers come from a seeded generator.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

export const COLUMNS = Array.from({ length: 20 }, (_, i) => ({ name: `f${i}`, type: 'numeric', role: 'feature' }));

/** Mulberry32: uniform numbers from 0 to below 1. */
function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Twenty columns: normal with all digits, skewed prices with two decimals, whole numbers, waiting times, zero-inflated ones. */
function generators(seed) {
  const random = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const some = (count, make) => Array.from({ length: count }, (_, i) => make(i));
  return [
    ...some(8, (i) => () => normal() * (i + 1) + 10 * i),
    ...some(4, (i) => () => Math.exp(normal() * (0.5 + i / 2)).toFixed(2)),
    ...some(4, (i) => () => Math.floor(random() * 10 ** (i + 1))),
    ...some(2, () => () => -Math.log(1 - random()) * 100),
    ...some(2, () => () => (random() < 0.6 ? 0 : Math.round(Math.exp(5 + normal())))),
  ];
}

/** Rows as texts of their values. */
export function* rows(count, seed) {
  const columns = generators(seed);
  for (let row = 0; row < count; row += 1) yield columns.map((next) => `${next()}`);
}

export const csvLine = (values) => `${values.join()}\n`;

export const jsonLine = (values) => `{${values.map((value, i) => `"f${i}":${value}`).join()}}\n`;

/** A request as SageMaker captures it. */
export function captureLine(values, encoding, event) {
  const type = encoding === 'CSV' ? 'text/csv' : 'application/json';
  const side = (mode, data) => ({ observedContentType: type, mode, data, encoding });
  const data = encoding === 'CSV' ? values.join() : jsonLine(values).trim();
  const captureData = { endpointInput: side('INPUT', data), endpointOutput: side('OUTPUT', `${values[0] % 1}`) };
  const eventId = `${event.toString(16).padStart(8, '0')}-6ba7-4d1a-80b4-00c04fd430c8`;
  return `${JSON.stringify({ captureData, eventMetadata: { eventId, inferenceTime: '2026-11-23T10:00:00Z' }, eventVersion: '0' })}\n`;
}

/** Writes lines to a file. */
export async function write(file, lines) {
  const stream = createWriteStream(file, { highWaterMark: 1 << 20 });
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < 1 << 18) continue;
    if (!stream.write(text)) await once(stream, 'drain');
    text = '';
  }
  stream.end(text);
  await finished(stream);
}
