// Bundles the statistics, calls [function, arguments] for each element of the array on standard input, prints the results.
import { build } from 'esbuild';

const files = ['distributions', 'drift/two-samples'];
const contents = files.map((file) => `export * from './lib/statistics/${file}';`).join('');
const options = { stdin: { contents, resolveDir: '.' }, bundle: true, format: 'esm', platform: 'node', write: false };
const { outputFiles } = await build(options);
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const statistics = await import(`data:text/javascript;base64,${source}`);
const calls = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(calls.map(([name, args]) => statistics[name](...args))));
