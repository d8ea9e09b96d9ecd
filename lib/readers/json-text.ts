const QUOTE_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** By the letter after a backslash: the byte that stands for it. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code);
  return (QUOTE_ESCAPES[letter] ?? letter).charCodeAt(0);
});

const hexValue = (byte: number) => (byte & 15) + (byte >> 6) * 9;

function codeUnit(bytes: Uint8Array, at: number): number {
  return (
    (hexValue(bytes[at]) << 12) |
    (hexValue(bytes[at + 1]) << 8) |
    (hexValue(bytes[at + 2]) << 4) |
    hexValue(bytes[at + 3])
  );
}

/** Writes a code point as UTF-8; the position after it. */
function writeUtf8(code: number, target: Uint8Array, at: number): number {
  if (code < 0x80) {
    target[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    target[at] = 0xc0 | (code >> 6);
    target[at + 1] = 0x80 | (code & 0x3f);
    return at + 2;
  }
  if (code < 0x10000) {
    target[at] = 0xe0 | (code >> 12);
    target[at + 1] = 0x80 | ((code >> 6) & 0x3f);
    target[at + 2] = 0x80 | (code & 0x3f);
    return at + 3;
  }
  target[at] = 0xf0 | (code >> 18);
  target[at + 1] = 0x80 | ((code >> 12) & 0x3f);
  target[at + 2] = 0x80 | ((code >> 6) & 0x3f);
  target[at + 3] = 0x80 | (code & 0x3f);
  return at + 4;
}

const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

/**
 * Writes the content of a JSON string without its escapes, which were found valid, into `target` from its start; that takes
 * no more bytes than there were. Unpaired surrogates become U+FFFD.
 *
 * @returns how many bytes were written
 */
export function unescapeJson(bytes: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let to = 0;
  for (let at = start; at < end;) {
    const byte = bytes[at];
    if (byte !== BACKSLASH) {
      target[to++] = byte;
      at++;
    } else if (bytes[at + 1] !== LETTER_U) {
      target[to++] = PLAIN[bytes[at + 1]];
      at += 2;
    } else {
      let code = codeUnit(bytes, at + 2);
      at += 6;
      if (isHigh(code) && bytes[at] === BACKSLASH && bytes[at + 1] === LETTER_U && isLow(codeUnit(bytes, at + 2))) {
        code = 0x10000 + ((code - 0xd800) << 10) + (codeUnit(bytes, at + 2) - 0xdc00);
        at += 6;
      }
      to = writeUtf8(isHigh(code) || isLow(code) ? 0xfffd : code, target, to);
    }
  }
  return to;
}
