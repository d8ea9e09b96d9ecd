const view = new DataView(new ArrayBuffer(8));

/** The 64 bits of a double, as an integer that grows with the distance from zero. */
function stepBits(x: number, step: bigint): number {
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + step);
  return view.getFloat64(0);
}

/** The least double above x. Infinity above the greatest finite one; NaN and Infinity stay. */
export function nextUp(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x === 0) return Number.MIN_VALUE;
  return stepBits(x, x > 0 ? 1n : -1n) + 0;
}

/** The greatest double below x. -Infinity below the least finite one; NaN and -Infinity stay. */
export function nextDown(x: number): number {
  return 0 - nextUp(0 - x);
}
