// What BigQuery does with a JavaScript routine: the library runs in a context with nothing but the language, the body calls it.
//   node routines.mjs LIBRARY BODY
// A line on standard input is the argument of one call, as JSON; one on standard output is {"result": …} or {"error": …}.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import vm from 'node:vm';

const [library, body] = process.argv.slice(2);
const script = new vm.Script(`${readFileSync(library, 'utf8')}\n(function (input) { ${body} })`, {
  filename: 'routine',
});

/** A context for each call: calls share nothing. */
function call(input) {
  try {
    const result = script.runInContext(vm.createContext({}))(input);
    if (typeof result !== 'string') throw new TypeError(`the routine returned ${typeof result}, not a string`);
    return { result };
  } catch (error) {
    return { error: `${String(error)} at program(STRING)` };
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(`${JSON.stringify(call(JSON.parse(line)))}\n`);
});
