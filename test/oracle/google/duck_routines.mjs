// Routines of BigQuery's library for whole columns of values: the library runs in a context with nothing but the language.
//   node duck_routines.mjs LIBRARY
// A line on standard input is [function, [argument, ...] for each row]; one on standard output is {"results": […]} or {"error": …}.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import vm from 'node:vm';

const context = vm.createContext({});
vm.runInContext(
  'delete globalThis.WebAssembly; delete globalThis.Intl; delete Object.hasOwn; delete globalThis.console;',
  context,
);
vm.runInContext(readFileSync(process.argv[2], 'utf8'), context);

function answer([name, rows]) {
  try {
    context.rows = JSON.stringify(rows);
    return vm.runInContext(
      `JSON.stringify({ results: JSON.parse(rows).map((row) => row === null ? null : cdkMlops.${name}(...row)) })`,
      context,
    );
  } catch (error) {
    return JSON.stringify({ error: String(error.stack ?? error) });
  }
}

createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  process.stdout.write(`${answer(JSON.parse(line))}\n`);
});
