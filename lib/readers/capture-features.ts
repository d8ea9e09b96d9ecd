import type { CapturePayload } from './capture-payload';
import { CsvRow, MALFORMED, UNCLOSED } from './csv-row';
import { JsonRows } from './json-rows';
import { JsonScanner } from './json-scanner';
import { Positions } from './positions';
import type { RowSink } from './row-sink';

/** Puts the rows of a request into the columns of features: objects by key, arrays and CSV by position. */
export class CapturedFeatures {
  /** Why the last row was refused. */
  problem = '';
  /** Whether any feature is profiled. */
  readonly wanted: boolean;
  private readonly scanner = new JsonScanner();
  private readonly json: JsonRows;
  private readonly csv: CsvRow;
  private readonly positions: Positions;
  private readonly layout: Int32Array;

  constructor(sink: RowSink, id?: string) {
    const rules = { id: id !== undefined, label: false };
    this.wanted = sink.columns.some(({ role }) => role === 'feature');
    this.json = new JsonRows(sink, this.scanner, rules, id);
    this.csv = new CsvRow(sink);
    this.positions = new Positions(sink.columns, rules);
    this.layout = Int32Array.from(this.positions.indexes);
  }

  /** Reads a row of the payload, without ending it. False with a `problem` where it is none. */
  read({ bytes, starts, ends, format }: CapturePayload, row: number): boolean {
    if (!this.wanted) return true;
    if (format === 'csv') return this.readCsv(bytes, starts[row], ends[row]);
    this.scanner.begin(bytes, starts[row], true);
    if (this.json.read()) return true;
    this.problem = this.json.problem;
    return false;
  }

  private readCsv(bytes: Uint8Array, start: number, end: number): boolean {
    const next = this.csv.read(bytes, start, end + 1, this.layout);
    const { fields } = this.csv;
    if (next >= 0 && this.positions.allows(fields)) return true;
    if (next === UNCLOSED) this.problem = 'a quote is not closed';
    else if (next === MALFORMED) this.problem = 'text after a closing quote';
    else this.problem = `wrong number of fields: got ${fields}, allowed ${this.positions.allowed}`;
    return false;
  }
}
