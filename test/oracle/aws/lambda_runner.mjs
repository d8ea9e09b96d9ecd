// What Lambda does, for as long as a test session lasts: bundled handlers are loaded once, and called with an event each.
// A line on standard input is {id, bundle, event, now}, one on standard output {id, result} or {id, error}. The time is the caller's.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const RealDate = Date;
let current = RealDate.now();
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length > 0 ? args : [current]));
  }
  static now() {
    return current;
  }
};

// The SDK waits between its tries; time passes faster here.
const realTimeout = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(
  (work, delay = 0, ...args) => realTimeout(work, delay / 100, ...args),
  realTimeout,
);
console.log = console.error; // standard output is the answers'

function failure(error) {
  return {
    errorType: error?.name ?? 'Error',
    errorMessage: error?.message ?? String(error),
    trace: String(error?.stack).split('\n'),
  };
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, bundle, event, now } = JSON.parse(line);
  current = now;
  const answer = await (async () => require(bundle).handler(event, { getRemainingTimeInMillis: () => 300_000 }))().then(
    (result) => ({ id, result: result ?? null }),
    (error) => ({ id, error: failure(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
