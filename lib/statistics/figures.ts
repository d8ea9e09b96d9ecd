/** Numbers as people read them. */

/** 41200 → 41,200. */
export function whole(value: number): string {
  return grouped(String(Math.round(value)));
}

/** '41200.5' → '41,200.5'. Not by the language of the machine: databases bring along engines that know none. */
export function grouped(digits: string): string {
  const [before, after] = digits.split('.');
  const commas = before.replace(/\B(?=(\d{3})+$)/g, ',');
  return after === undefined ? commas : `${commas}.${after}`;
}

/** Three digits that count, without an exponent where people read. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return String(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(1);
  return size >= 1000 ? whole(value) : String(Number(value.toPrecision(3)));
}

/** 0.0123 → 1.23 %. */
export function percent(share: number): string {
  return `${short(share * 100)} %`;
}
