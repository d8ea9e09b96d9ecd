import { isUtf8 } from 'node:buffer';
import { hashBytes } from '../statistics/profile/hash';
import { CaptureEnvelope, CapturedSide } from './capture-envelope';
import { CapturedFeatures } from './capture-features';
import { CapturePayload } from './capture-payload';
import { CapturedPrediction } from './capture-prediction';
import { JsonScanner, kindOf } from './json-scanner';
import type { RowSink } from './row-sink';

const LINE_FEED = 0x0a;

const NO_SIDE = new CapturedSide();

/** How many requests are remembered to tell repeated ones; a power of two. */
const REMEMBERED = 65_536;

/**
 * Reads one file of requests that a SageMaker endpoint captured: JSON Lines, one request with its answer a line, several rows
 * a request. Features come from the request, predictions from the answer. A request whose event id stood in a line not long
 * before was captured twice: it counts once, and that is reported. (Equal rows of one event would pass for independent ones
 * and make a judgement surer than it is.)
 */
export class CaptureReader {
  private readonly scanner = new JsonScanner();
  private readonly envelope = new CaptureEnvelope(this.scanner);
  private readonly input = new CapturePayload();
  private readonly output = new CapturePayload();
  private readonly features: CapturedFeatures;
  private readonly prediction: CapturedPrediction;
  /** Of the events that came last, two hashes each, at the place that the first one says. */
  private readonly events = new Int32Array(2 * REMEMBERED);
  private line = 0;

  constructor(
    private readonly sink: RowSink,
    id?: string,
  ) {
    this.features = new CapturedFeatures(sink, id);
    this.prediction = new CapturedPrediction(sink);
  }

  take(block: Uint8Array, start: number, end: number): number {
    const clean = isUtf8(block.subarray(start, end));
    for (let at = start; at < end;) {
      this.line++;
      if (clean) at = this.takeLine(block, at);
      else {
        const next = block.indexOf(LINE_FEED, at) + 1;
        if (isUtf8(block.subarray(at, next))) this.takeLine(block, at);
        else this.damaged('not UTF-8');
        at = next;
      }
    }
    return end;
  }

  tooLong(): void {
    this.line++;
    this.damaged('longer than 64 MB');
  }

  private damaged(reason: string): void {
    this.sink.damaged(`line ${this.line}`, reason);
  }

  /** Reads a line; the position after it. What is not needed any more of it may be overwritten. */
  private takeLine(block: Uint8Array, at: number): number {
    const { scanner, envelope } = this;
    scanner.begin(block, at, false);
    if (scanner.space() === LINE_FEED) return scanner.at + 1;
    if (kindOf(block[scanner.at]) !== 'object' || !envelope.read() || scanner.space() !== LINE_FEED) {
      this.damaged('not a JSON object');
      return block.indexOf(LINE_FEED, at) + 1;
    }
    const next = scanner.at + 1;
    if (!envelope.captured) this.damaged('no captured request: it has no captureData');
    else if (this.isRepeated(block)) this.damaged(`event ${envelope.text(envelope.eventId)} was captured before`);
    else this.takeRequest(block);
    return next;
  }

  private isRepeated(block: Uint8Array): boolean {
    const { start, end } = this.envelope.eventId;
    if (start === end) return false;
    const { events } = this;
    const first = hashBytes(block, start, end) | 0;
    const second = hashBytes(block, start + ((end - start) >> 1), end) | 0;
    const place = 2 * (first & (REMEMBERED - 1));
    if (events[place] === first && events[place + 1] === second) return true;
    events[place] = first;
    events[place + 1] = second;
    return false;
  }

  /** Either side may lack; one that cannot be read is damage, and an answer that cannot be does not cost the features. */
  private takeRequest(block: Uint8Array): void {
    const { input, output } = this;
    const { input: request, output: answer } = this.envelope;
    if (!request.present && !answer.present) return this.damaged('it has neither a request nor an answer');
    input.open(block, request);
    output.open(block, this.prediction.wanted ? answer : NO_SIDE);
    if (input.problem) return this.damaged(`the request cannot be read: ${input.problem}`);
    if (!request.present) return this.takeAnswers();
    if (input.rows === 0) return this.damaged('the request has no row');
    if (output.rows === 1 && input.rows > 1) output.splitRow(input.rows);
    if (output.problem) this.damaged(`the answer cannot be read: ${output.problem}`);
    else if (this.prediction.wanted && answer.present && output.rows !== input.rows) {
      this.damaged(`the request and the answer have different numbers of rows: ${input.rows} and ${output.rows}`);
    }
    for (let row = 0; row < input.rows; row++) this.takeRow(row);
  }

  private takeRow(row: number): void {
    const { features, prediction, input, output, sink } = this;
    if (!features.read(input, row)) {
      sink.damaged(`line ${this.line}, row ${row + 1}`, features.problem);
      return;
    }
    if (output.rows === input.rows) prediction.read(output, row);
    sink.end();
  }

  /** Answers without a request: no feature exists in their rows. */
  private takeAnswers(): void {
    const { prediction, output, sink } = this;
    if (output.problem) this.damaged(`the answer cannot be read: ${output.problem}`);
    for (let row = 0; row < output.rows; row++) {
      prediction.read(output, row);
      sink.end();
    }
  }
}
