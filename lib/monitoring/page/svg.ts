/** A coordinate or a length in a drawing: 2 decimals, and finite whatever came in. */
export function coordinate(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;
}

/** A position in percent of the drawing's width, so that charts stretch while their text keeps its size. */
export function percent(share: number): string {
  return `${coordinate(100 * Math.min(1, Math.max(0, share)))}%`;
}

/** Width of the space in which steps are drawn; it is stretched to the width of the chart. */
export const STEPS_WIDTH = 1000;

/** The outline of steps as a path in a space `STEPS_WIDTH` wide and `height` high. Shares above `top` are cut off. */
export function stepPath(shares: readonly number[], top: number, height: number): string {
  const y = (share: number) => coordinate(height * (1 - Math.min(1, top > 0 ? share / top : 0)));
  const x = (index: number) => coordinate((index / shares.length) * STEPS_WIDTH);
  const path = [`M0,${height}`];
  let level = height;
  shares.forEach((share, index) => {
    if (y(share) !== level) {
      level = y(share);
      path.push(`H${x(index)}V${level}`);
    }
  });
  return `${path.join('')}H${STEPS_WIDTH}V${height}`;
}
