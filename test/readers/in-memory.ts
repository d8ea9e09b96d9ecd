import type { ColumnBins, ProfiledColumn } from '../../lib/statistics/profile';
import type { InputFile } from '../../lib/readers';

/** A file in memory that arrives in chunks of so many bytes. */
export function fileOf(name: string, content: string | Uint8Array, chunk = 1 << 16): InputFile {
  const bytes = Buffer.from(content as Uint8Array);
  return {
    name,
    size: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    },
  };
}

export const numeric = (name: string, role: ProfiledColumn['role'] = 'feature') =>
  ({ name, type: 'numeric', role }) as const;
export const categorical = (name: string) => ({ name, type: 'categorical', role: 'feature' }) as const;

/** Bins with cuts between whole numbers, and of categories. */
export const BINS: readonly ColumnBins[] = [
  { ...numeric('size'), cuts: [0, 1, 2, 3, 4] },
  { ...categorical('color'), categories: ['red', 'blue, or "sky"', 'żółty'] },
  { ...numeric('score', 'prediction'), cuts: [0, 0.5, 1] },
];
