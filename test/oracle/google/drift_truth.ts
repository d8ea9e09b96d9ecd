/**
 * What the library itself says of data, for the tests of BigQuery's SQL:
 *   node drift_truth.cjs '{"command": "profile" | "count" | "judge" | "contract" | "quality", …}'
 */
import { readFileSync } from 'node:fs';
import { DRIFT_ROUTINES, DRIFT_TABLES } from '../../../lib/runtime/google-drift-contract';
import { countFiles, profileFiles } from '../../../lib/readers';
import type { FileFormat } from '../../../lib/readers';
import { judgeDrift } from '../../../lib/statistics/drift/judge';
import { judgeQuality } from '../../../lib/statistics/quality/judge-quality';

const fileOf = (name: string) => ({
  name,
  size: readFileSync(name).length,
  async *open() {
    yield new Uint8Array(readFileSync(name));
  },
  slice: async (start: number, end: number) => new Uint8Array(readFileSync(name)).subarray(start, end),
});

interface Asked {
  readonly command: string;
  readonly files?: string[];
  readonly format?: FileFormat;
  readonly id?: string;
  readonly columns?: any;
  readonly bins?: any;
  readonly baseline?: any;
  readonly window?: any;
  readonly rules?: any;
  readonly joined?: any;
  readonly unlabelled?: number;
}

async function answer(asked: Asked): Promise<unknown> {
  const files = (asked.files ?? []).map(fileOf);
  const { format = 'csv', id, columns, bins } = asked;
  switch (asked.command) {
    case 'contract':
      return { tables: DRIFT_TABLES, routines: DRIFT_ROUTINES };
    case 'profile':
      return profileFiles(files, { format, columns, source: '', createdAt: '' });
    case 'count':
      return countFiles(files, { format, bins, ...(id !== undefined && { id }) });
    case 'judge':
      return judgeDrift(asked.baseline, asked.window, asked.rules);
    case 'quality':
      return judgeQuality(asked.joined, asked.unlabelled ?? 0, asked.rules);
    default:
      throw new Error(asked.command);
  }
}

void answer(JSON.parse(readFileSync(process.argv[2], 'utf8')) as Asked).then((found) =>
  console.log(JSON.stringify(found)),
);
