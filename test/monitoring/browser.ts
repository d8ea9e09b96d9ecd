import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The browser of this machine, by the names it goes by; undefined where there is none. */
export const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { timeout: 30_000 }).status === 0,
);

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export interface Tab {
  /** Calls a method of the DevTools protocol. */
  send(method: string, params?: object): Promise<Record<string, any>>;
  /** Value of a JavaScript expression in the page. */
  evaluate(expression: string): Promise<any>;
  /** What the page wrote to the console, and what it was refused. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens a tab of a browser without a window and speaks the DevTools protocol with it over a pipe. */
export async function openTab(browser: string): Promise<Tab> {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'browser-'));
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(browser, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  const call = talk(child, complaints);
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  const send = (method: string, params: object = {}) => call(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);
  return {
    send,
    complaints,
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return result.value;
    },
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await call('Browser.close', {});
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Messages go as JSON with a zero byte at the end. */
function talk(child: ChildProcess, complaints: string[]) {
  const [, , , input, output] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, { resolve: (result: Record<string, any>) => void; reject: (error: Error) => void }>();
  let last = 0;
  let rest = '';
  const receive = ({ id, method, params, result, error }: Answer) => {
    if (id === undefined) {
      if (method === 'Log.entryAdded' || method === 'Runtime.consoleAPICalled' || method === 'Runtime.exceptionThrown')
        complaints.push(JSON.stringify(params));
      return;
    }
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result ?? {});
    waiting.delete(id);
  };
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    messages.forEach((message) => receive(JSON.parse(message) as Answer));
  });
  child.on('exit', () => waiting.forEach(({ reject }) => reject(new Error('the browser ended'))));
  return (method: string, params: object, sessionId?: string) =>
    new Promise<Record<string, any>>((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      input.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
}
