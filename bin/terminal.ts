/** Where a command reads its surroundings and writes its answer. */
export interface Terminal {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A stream that people or programs read. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const COLORS = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;

/** A color or weight of text. */
export type Color = keyof typeof COLORS;

/** Colors text for a stream: only where a person reads it and NO_COLOR (no-color.org) is not set. */
export type Painter = (color: Color, text: string) => string;

/** The painter of a stream. */
export function painter(stream: OutputStream, env: Terminal['env']): Painter {
  const colored = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return (color, text) => (colored ? `\u001b[${COLORS[color]}m${text}\u001b[0m` : text);
}

/** Writes lines, each with its end. */
export function writeLines(stream: OutputStream, lines: readonly string[]): void {
  if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
}

/** Writes the one document that `--json` promises. */
export function writeJson(stream: OutputStream, document: unknown): void {
  stream.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Rows as aligned columns, two spaces apart, without trailing spaces. */
export function columns(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
}
