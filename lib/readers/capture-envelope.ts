import { kindOf } from './json-scanner';
import type { JsonScanner } from './json-scanner';

const encoder = new TextEncoder();
const utf8 = new TextDecoder();
const [CAPTURE_DATA, INPUT, OUTPUT, EVENT, DATA, ENCODING, CONTENT_TYPE, EVENT_ID] = [
  'captureData',
  'endpointInput',
  'endpointOutput',
  'eventMetadata',
  'data',
  'encoding',
  'observedContentType',
  'eventId',
].map((name) => encoder.encode(name));

/** Bytes from `start` to before `end`; empty where there is nothing. */
export class Span {
  start = 0;
  end = 0;

  set(start: number, end: number): void {
    this.start = start;
    this.end = end;
  }
}

/** One side of a captured request. */
export class CapturedSide {
  /** Whether it has data. */
  present = false;
  /** What `data` holds: the content of a string, with its escapes, or JSON. */
  readonly data = new Span();
  isString = false;
  escaped = false;
  readonly encoding = new Span();
  readonly contentType = new Span();

  reset(): void {
    this.present = false;
    this.isString = false;
    this.escaped = false;
    this.data.set(0, 0);
    this.encoding.set(0, 0);
    this.contentType.set(0, 0);
  }
}

/**
 * The envelope of one captured request: a line of SageMaker's data capture, `{captureData: {endpointInput, endpointOutput},
 * eventMetadata: {eventId}}`. What it finds are places in the line.
 */
export class CaptureEnvelope {
  readonly input = new CapturedSide();
  readonly output = new CapturedSide();
  readonly eventId = new Span();
  /** Whether there was `captureData`. */
  captured = false;
  private side = this.input;

  constructor(private readonly scanner: JsonScanner) {}

  /** Reads the object at the scanner's position. */
  read(): boolean {
    this.input.reset();
    this.output.reset();
    this.eventId.set(0, 0);
    this.captured = false;
    return this.scanner.object(this.top);
  }

  /** The text of a span of the line that was read. */
  text({ start, end }: Span): string {
    return utf8.decode(this.scanner.bytes.subarray(start, end));
  }

  private readonly top = (): boolean => {
    if (this.atObject()) {
      if (this.keyIs(CAPTURE_DATA)) {
        this.captured = true;
        return this.scanner.object(this.data);
      }
      if (this.keyIs(EVENT)) return this.scanner.object(this.event);
    }
    return this.scanner.skip();
  };

  private readonly data = (): boolean => {
    const input = this.keyIs(INPUT);
    if (!this.atObject() || !(input || this.keyIs(OUTPUT))) return this.scanner.skip();
    this.side = input ? this.input : this.output;
    return this.scanner.object(this.sideMember);
  };

  private readonly sideMember = (): boolean => {
    const { scanner, side } = this;
    if (this.keyIs(DATA)) return this.payload();
    if (this.keyIs(ENCODING)) return this.stringInto(side.encoding);
    if (this.keyIs(CONTENT_TYPE)) return this.stringInto(side.contentType);
    return scanner.skip();
  };

  private readonly event = (): boolean => (this.keyIs(EVENT_ID) ? this.stringInto(this.eventId) : this.scanner.skip());

  private payload(): boolean {
    const { scanner, side } = this;
    const { at } = scanner;
    const kind = kindOf(scanner.bytes[at]);
    side.present = kind !== 'null';
    side.isString = kind === 'string';
    if (!scanner.skip()) return false;
    side.escaped = side.isString && scanner.escaped;
    if (side.isString) side.data.set(scanner.start, scanner.end);
    else side.data.set(at, scanner.at);
    return true;
  }

  private stringInto(span: Span): boolean {
    const { scanner } = this;
    const isString = kindOf(scanner.bytes[scanner.at]) === 'string';
    if (!scanner.skip()) return false;
    if (isString) span.set(scanner.start, scanner.end);
    return true;
  }

  private atObject(): boolean {
    return kindOf(this.scanner.bytes[this.scanner.at]) === 'object';
  }

  private keyIs(key: Uint8Array): boolean {
    const { bytes, start, end } = this.scanner;
    if (end - start !== key.length) return false;
    for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return false;
    return true;
  }
}
