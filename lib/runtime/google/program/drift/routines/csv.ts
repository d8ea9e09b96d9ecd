const FIELD = /(?:"((?:[^"]|"")*)"|((?:[^",][^,]*)?))(,|$)/y;

/** Fields of a line of CSV (RFC 4180); nothing where a quote is not closed, or text follows it. */
export function csvFields(line: string): string[] | undefined {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const match = FIELD.exec(line);
    if (!match) return undefined;
    fields.push(match[1] === undefined ? match[2] : match[1].replace(/""/g, '"'));
    if (match[3] === '') return fields;
  }
}
