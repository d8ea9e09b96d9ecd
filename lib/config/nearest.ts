/** Damerau–Levenshtein distance (adjacent letters may swap), which counts typing mistakes. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, substitution);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}

/** Spelling without case, hyphens, underscores and spaces: `max_instances` and `maxInstances` differ in style only. */
function styleless(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, '');
}

/** The candidate that was probably meant, when one is close: about one mistake in three letters. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = styleless(word.slice(0, 100));
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(plain, styleless(candidate));
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  if (best === undefined) return undefined;
  const tolerated = Math.max(1, Math.floor(Math.min(plain.length, best.candidate.length) / 3));
  return plain.length > 1 && best.distance <= tolerated ? best.candidate : undefined;
}
