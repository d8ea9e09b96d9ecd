import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../lib/monitoring/report-page';
import type { Tab } from './browser';
import { BROWSER, openTab } from './browser';
import { bell, COLUMNS, POOR_QUALITY, sampleReport } from './report-sample';

if (!BROWSER) console.warn('SKIPPED: no chromium on this machine, so nobody looks at the drift report in a browser');

/** A page with all its parts, and with names that are hard to lay out. */
const PAGE = (() => {
  const long = { ...COLUMNS[0], name: 'a_name_without_a_place_to_break_'.repeat(20) };
  const labels = ['w'.repeat(300), 'b', ' ', 'مرحبا', '<b>bold</b>'];
  const categories = Array.from({ length: 500 }, (_, i) => labels[i % 5]);
  const report = sampleReport([
    ...COLUMNS,
    long,
    { name: 'labels', baseline: categories, window: [...categories, 'new'], ratio: 2.5 },
    { name: 'quiet', baseline: bell(500), window: bell(500), ratio: 0.4 },
    { name: '', baseline: [null], window: [1] },
  ]);
  const damage = { files: 1, rows: 2, examples: ['f'.repeat(400)] };
  return reportPage({
    ...report,
    quality: POOR_QUALITY,
    baseline: { ...report.baseline, source: `s3://${'b'.repeat(200)}/` },
    windowCounts: { ...report.windowCounts, damage },
  });
})();

/** Elements that are wider than what holds them, without those that nobody sees. */
const OVERFLOWING = `[...document.querySelectorAll('body *')]
  .filter((element) => element.checkVisibility() && !element.closest('.unseen'))
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5)
  .map((element) => element.outerHTML.slice(0, 120))`;

/** Labels of one drawing that lie over each other. */
const COLLIDING = `[...document.querySelectorAll('svg[role=img]')].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll('text')].map((text) => ({ box: text.getBoundingClientRect(), text: text.textContent.trim() }));
  return boxes.flatMap((a, i) => boxes.slice(i + 1)
    .filter((b) => a.box.left < b.box.right && b.box.left < a.box.right && a.box.top < b.box.bottom - 2 && b.box.top < a.box.bottom - 2)
    .map((b) => a.text + ' over ' + b.text));
})`;

/** Texts whose contrast with what is behind them is below WCAG's 4.5 : 1. */
const FAINT = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((element) => !['title', 'desc'].includes(element.localName))
    .flatMap((element) => {
      const style = getComputedStyle(element);
      const [a, b] = [luminance(element.localName === 'text' ? style.fill : style.color), luminance(behind(element))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return contrast < 4.5 ? [element.outerHTML.slice(0, 120) + contrast] : [];
    });
})()`;

describe.skipIf(!BROWSER)('the page in a browser', () => {
  let tab: Tab;

  beforeAll(async () => {
    tab = await openTab(BROWSER!);
    const { frameTree } = await tab.send('Page.getFrameTree');
    await tab.send('Page.setDocumentContent', { frameId: frameTree.frame.id, html: PAGE });
    await tab.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
  });
  afterAll(() => tab?.close());

  const width = (pixels: number) =>
    tab.send('Emulation.setDeviceMetricsOverride', { width: pixels, height: 900, deviceScaleFactor: 1, mobile: false });
  const scheme = (value: 'light' | 'dark') =>
    tab.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });

  test.each([320, 390, 768, 1280])('fits into %i pixels, and no label lies over another', async (pixels) => {
    await width(pixels);
    expect(await tab.evaluate('innerWidth')).toBe(pixels);
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(pixels);
    expect(await tab.evaluate(OVERFLOWING)).toEqual([]);
    expect(await tab.evaluate(COLLIDING)).toEqual([]);
  });

  test('has two schemes, and every text stands out from its background in both', async () => {
    const backgrounds: unknown[] = [];
    for (const one of ['light', 'dark'] as const) {
      await scheme(one);
      backgrounds.push(await tab.evaluate('getComputedStyle(document.body).backgroundColor'));
      expect(await tab.evaluate(FAINT)).toEqual([]);
    }
    expect(new Set(backgrounds).size).toBe(2);
  });

  test('draws: charts have a height and their steps an extent', async () => {
    const drawn = await tab.evaluate(
      `[...document.querySelectorAll('svg.chart path.line')].map((path) => path.getBBox().height)`,
    );
    expect(drawn.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...drawn)).toBeGreaterThan(0);
  });

  test('has nothing to complain about, and asks for nothing', async () => {
    expect(tab.complaints).toEqual([]);
    expect(await tab.evaluate(`performance.getEntriesByType('resource').length`)).toBe(0);
  });
});
