/**
 * Hashes that decide which values and rows are kept where not all can be: the same ones whatever the order, since a hash
 * depends on the value alone. FNV-1a over UTF-8 (Fowler, Noll, Vo), mixed by the finalizer of MurmurHash3 (Appleby).
 */
const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** Spreads the bits of an integer; one to one. 32 bits, unsigned. */
export function mix32(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hash of bytes from `start` to before `end`, 32 bits, unsigned. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = FNV_OFFSET;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i], FNV_PRIME);
  return mix32(h);
}

/** Hash of a text: that of its UTF-8 bytes (unpaired surrogates count as U+FFFD). */
export function hashText(text: string): number {
  let h = FNV_OFFSET;
  const take = (byte: number) => {
    h = Math.imul(h ^ byte, FNV_PRIME);
  };
  for (const character of text) {
    const raw = character.codePointAt(0) as number;
    const code = raw >= 0xd800 && raw <= 0xdfff ? 0xfffd : raw;
    if (code < 0x80) take(code);
    else {
      if (code < 0x800) take(0xc0 | (code >> 6));
      else {
        if (code < 0x10000) take(0xe0 | (code >> 12));
        else {
          take(0xf0 | (code >> 18));
          take(0x80 | ((code >> 12) & 0x3f));
        }
        take(0x80 | ((code >> 6) & 0x3f));
      }
      take(0x80 | (code & 0x3f));
    }
  }
  return mix32(h);
}

/** Hash of a row of a file: 53 bits, so that two rows are hardly ever equal. */
export function hashRow(fileHash: number, row: number): number {
  const low = row | 0;
  const high = (row / 0x100000000) | 0;
  const first = mix32(mix32(fileHash ^ low) ^ high ^ 0x9e3779b9);
  const second = mix32(mix32((first ^ 0x7f4a7c15) + low) ^ fileHash);
  return (first >>> 11) * 0x100000000 + second;
}
