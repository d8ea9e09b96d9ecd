import type { CapturePayload } from './capture-payload';
import { CsvRow } from './csv-row';
import { JsonRows } from './json-rows';
import { JsonScanner, kindOf } from './json-scanner';
import type { RowSink } from './row-sink';

/**
 * Puts the rows of an answer into the columns of predictions: objects by key, or else by position; the first value where no
 * key is known.
 */
export class CapturedPrediction {
  private readonly columns: readonly number[];
  private readonly names: readonly string[];
  private readonly layout: Int32Array;
  private readonly csv: CsvRow;
  private readonly json: JsonRows;
  private readonly scanner = new JsonScanner();
  private known = false;

  constructor(private readonly sink: RowSink) {
    const all = sink.columns.map((_, index) => index);
    this.columns = all.filter((index) => sink.columns[index].role === 'prediction');
    this.names = this.columns.map((index) => sink.columns[index].name);
    this.layout = Int32Array.from(this.columns);
    this.csv = new CsvRow(sink);
    this.json = new JsonRows(sink, this.scanner, { id: false, label: false });
  }

  /** Whether any prediction is profiled. */
  get wanted(): boolean {
    return this.columns.length > 0;
  }

  /** Reads a row of the payload, without ending it. */
  read(payload: CapturePayload, row: number): void {
    const { bytes, starts, ends, format } = payload;
    if (format === 'json') this.readJson(bytes, starts[row]);
    else if (this.csv.read(bytes, starts[row], ends[row] + 1, this.layout) < 0) this.sink.invalid(this.columns[0]);
  }

  private readJson(bytes: Uint8Array, start: number): void {
    const { scanner, json, columns } = this;
    scanner.begin(bytes, start, true);
    switch (kindOf(bytes[start])) {
      case 'object':
        this.known = false;
        scanner.object(this.member);
        if (this.known) return;
        scanner.begin(bytes, start, true);
        scanner.object(this.first);
        return;
      case 'array':
        scanner.array((index) => (index < columns.length ? json.value(columns[index]) : scanner.skip()));
        return;
      default:
        json.value(columns[0]);
    }
  }

  private readonly member = (): boolean => {
    const { scanner, names, columns } = this;
    const key = new TextDecoder().decode(scanner.bytes.subarray(scanner.start, scanner.end));
    const index = names.indexOf(key);
    if (index < 0) return scanner.skip();
    this.known = true;
    return this.json.value(columns[index]);
  };

  /** Reads the first value, and no more. */
  private readonly first = (): boolean => {
    this.json.value(this.columns[0]);
    return false;
  };
}
