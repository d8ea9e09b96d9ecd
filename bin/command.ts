import { parseArgs } from 'node:util';
import { nearest } from '../lib/config/nearest';
import type { Terminal } from './terminal';

/** Exit codes, a contract with scripts. */
export const EXIT = { ok: 0, invalid: 1, misuse: 2, refused: 3 } as const;

/** A wrong command line: exit code 2. */
export class MisuseError extends Error {}

/** Input that cannot be used: exit code 1. Each problem goes on a line of its own. */
export class InputError extends Error {
  public constructor(public readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Something well-formed that is not done, or did not succeed: exit code 3. */
export class RefusedError extends Error {}

/** An option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What its value stands for, for example `DIR`. */
  readonly value?: string;
  /** It may be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

/** A command. Its module stays small: what it needs is loaded when it runs. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows the command, for example `CONFIG… [--json]`. */
  readonly usage: string;
  /** What it does, in sentences. */
  readonly description: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Fewest and most arguments, and what they are. */
  readonly arguments: { readonly name: string; readonly min: number; readonly max: number };
  run(args: Arguments, terminal: Terminal): Promise<number>;
}

/** A parsed command line. */
export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

const HELP: Option = { type: 'boolean', short: 'h', help: 'print this help' };

/** The options of a command with those that every command has. */
export function allOptions(command: Command): Readonly<Record<string, Option>> {
  return { ...command.options, help: HELP };
}

/**
 * Parses what follows a command. `--` ends the options.
 *
 * @throws MisuseError that names the nearest option
 */
export function parse(command: Command, args: readonly string[]): Arguments {
  const options = allOptions(command);
  const config = { args: [...args], options, allowPositionals: true };
  try {
    const { values, positionals, tokens } = parseArgs({ ...config, strict: true, tokens: true });
    checkOnce(options, tokens);
    if (!values.help) checkCount(command, positionals);
    return { values: values as Arguments['values'], positionals };
  } catch (error) {
    if (error instanceof MisuseError) throw error;
    throw new MisuseError(optionProblem(config, error as Error), { cause: error });
  }
}

function checkCount({ name, arguments: allowed }: Command, positionals: readonly string[]): void {
  const { min, max } = allowed;
  if (positionals.length >= min && positionals.length <= max) return;
  if (positionals.length < min) throw new MisuseError(`${name} needs ${allowed.name}`);
  throw new MisuseError(
    `${name}: got ${positionals.length} arguments, allowed: ${max === 0 ? 'none' : `${allowed.name} alone`}`,
  );
}

/** Of an option that is given twice one value would be lost without a word. */
function checkOnce(
  options: Readonly<Record<string, Option>>,
  tokens: ReadonlyArray<{ readonly kind: string; readonly name?: string }>,
): void {
  const seen = new Set<string>();
  for (const { kind, name } of tokens) {
    if (kind !== 'option' || options[name!].type === 'boolean' || options[name!].multiple) continue;
    if (seen.has(name!)) throw new MisuseError(`--${name} is given twice, allowed: once`);
    seen.add(name!);
  }
}

/** What is wrong with the options: the first unknown one, or one that lacks its value or has one too many. */
function optionProblem(config: { args: string[]; options: Readonly<Record<string, Option>> }, error: Error): string {
  const { tokens } = parseArgs({ ...config, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = config.options[token.name];
    if (!option)
      return unknownName(
        'option',
        token.rawName,
        Object.keys(config.options).map((name) => `--${name}`),
      );
    if (option.type === 'boolean' && token.value !== undefined)
      return `${token.rawName} takes no value, got '${token.value}'`;
    if (option.type === 'string' && lacksValue(token))
      return `${token.rawName} needs a value: ${token.rawName} ${option.value}`;
  }
  return error.message;
}

/** An option's value that looks like another option was probably left out; `--option=-value` says it is meant. */
function lacksValue({ value, inlineValue }: { value?: string; inlineValue?: boolean }): boolean {
  return value === undefined || (!inlineValue && value.startsWith('-'));
}

/** Says that a name is not known, and which is nearest. */
export function unknownName(kind: string, got: string, known: readonly string[]): string {
  const meant = nearest(got, known);
  const hint = meant === undefined ? `allowed: ${known.join(', ')}` : `did you mean ${meant}?`;
  return `unknown ${kind} '${got}'; ${hint}`;
}

/** An option whose value is one of a few, as given or `undefined`. */
export function choice(args: Arguments, name: string, allowed: readonly string[]): string | undefined {
  const value = args.values[name] as string | undefined;
  if (value === undefined || allowed.includes(value)) return value;
  throw new MisuseError(`--${name}: got '${value}', allowed: ${allowed.join(', ')}`);
}

/** An option that is a level. */
export function level(args: Arguments, name: string): number | undefined {
  const value = choice(args, name, ['0', '1', '2']);
  return value === undefined ? undefined : Number(value);
}
