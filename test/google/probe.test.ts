import { expect, test } from 'vitest';
import { fullConfig, smallConfig, mlopsDocument } from './configs';
import { schemaProblems } from './judges';
import { resourcesOf } from '../../lib/google/diff/terraform';
import { writeFileSync } from 'node:fs';
test('x', () => {
  let t = Date.now();
  for (let i = 0; i < 5; i++) { mlopsDocument(fullConfig()); console.log(Date.now() - t); t = Date.now(); }
  const d = mlopsDocument(fullConfig());
  t = Date.now();
  console.log(schemaProblems(d), Date.now() - t);
  writeFileSync('/tmp/helperT/full.json', JSON.stringify(d, null, 1));
  console.log(resourcesOf(d).map((r) => r.address).join('\n'));
  const counts: any = {};
  for (const r of resourcesOf(d)) counts[r.type] = (counts[r.type] ?? 0) + 1;
  console.log(counts);
});
