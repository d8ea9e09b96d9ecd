/**
 * The page's style sheet. Text has a contrast of at least 4.5 : 1 and what is drawn of at least 3 : 1, in both schemes; the
 * colours (after Okabe and Ito) differ for colour-blind people too, and none of them says anything alone.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fdfdfb; --card: #ffffff; --text: #1d2125; --quiet: #565d66; --rule: #dcdfe3;
  --area: #d3d7dc; --area-edge: #737a83; --line: #0063a8; --flag: #a63c00; --flag-back: #fdf0e7; --within: #e2e5e9; --beyond: #f0f1f3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1b1f23; --text: #e7e9ec; --quiet: #a7afb8; --rule: #363c43;
    --area: #434a52; --area-edge: #98a1ab; --line: #62b6f5; --flag: #ff9d5c; --flag-back: #33221a; --within: #3a4149; --beyond: #282d33;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 32px; }
h1 { font-size: 2rem; line-height: 1.2; margin: 4px 0 12px; letter-spacing: -0.01em; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 48px 0 8px; }
h3 { font-size: 1.125rem; margin: 0 0 6px; }
h4 { font-size: 0.875rem; font-weight: 600; margin: 0; }
p { margin: 0 0 8px; max-width: 76ch; text-wrap: pretty; }
small, .small { font-size: 0.8125rem; font-weight: 400; color: var(--quiet); }
.monitor, .since { color: var(--quiet); margin: 0 0 8px; }
.lead { font-size: 1.125rem; }
.flag { color: var(--flag); font-weight: 600; }
a { color: inherit; text-decoration-color: var(--quiet); text-underline-offset: 3px; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--line); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.run { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 210px), 1fr)); gap: 10px 28px; margin: 20px 0 0; padding: 14px 0 0; border-top: 1px solid var(--rule); }
.run dt { font-size: 0.8125rem; color: var(--quiet); }
.run dd { margin: 0; }
.notice { border-left: 4px solid var(--flag); background: var(--flag-back); padding: 10px 14px; margin: 20px 0 0; }
.notice ul, .schema { margin: 4px 0 0; padding-left: 20px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 400; }
thead th { font-size: 0.8125rem; color: var(--quiet); }
th, td { padding: 4px 8px 4px 0; vertical-align: middle; }
th:last-child, td:last-child { padding-right: 0; }
.overview { table-layout: fixed; }
.overview tr + tr { border-top: 1px solid var(--rule); }
.overview th.what { width: 18%; } .overview th.spark { width: 18%; } .overview th.bullet { width: 27%; } .overview th.number { width: 88px; }
.overview { margin-bottom: 20px; } .overview td.what { font-size: 0.875rem; } .overview td.bullet, .overview th.bullet { padding-left: 8px; }
.column { margin: 16px 0; }
h3 small, summary small { display: inline-block; }
article.column { background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 18px 20px; }
.evidence { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 12px 36px; margin-top: 12px; }
details.column { margin: 0; border-top: 1px solid var(--rule); }
details.column > :not(summary) { margin-bottom: 12px; }
summary { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 3fr) minmax(0, 4fr) 76px; gap: 16px; align-items: center; padding: 6px 0; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary .name { position: relative; padding-left: 1.2em; }
summary .name::before { content: "▸"; position: absolute; left: 0; color: var(--quiet); }
details[open] > summary .name::before { content: "▾"; }
summary:hover .name { text-decoration: underline; text-underline-offset: 3px; }
svg { display: block; overflow: visible; }
svg.spark { width: 100%; height: 28px; }
svg text { font-size: 12px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); } .axis { stroke: var(--area-edge); }
.area { fill: var(--area); stroke: var(--area-edge); stroke-width: 1; vector-effect: non-scaling-stroke; }
.line { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.spark .line { stroke-width: 1.5; }
.bar { fill: var(--line); }
.spike-area { stroke: var(--area-edge); stroke-width: 7; } .spike-line { stroke: var(--line); stroke-width: 3; }
.cut path { stroke: var(--card); stroke-width: 4; }
.within { fill: var(--within); } .beyond { fill: var(--beyond); }
.measure { fill: var(--area-edge); } .measure.drifted, .more path { fill: var(--flag); }
.mark { stroke: var(--text); stroke-width: 2; }
.range { stroke: var(--line); stroke-width: 4; } .value { fill: var(--line); }
figure { margin: 0; } figcaption { font-size: 0.8125rem; color: var(--quiet); margin-top: 6px; }
.key { white-space: nowrap; margin-right: 12px; color: var(--text); }
.swatch { display: inline-block; width: 18px; margin-right: 6px; vertical-align: middle; }
.swatch.area { height: 11px; background: var(--area); border: 1px solid var(--area-edge); } .swatch.bar { height: 11px; background: var(--line); } .swatch.line { height: 0; border-top: 3px solid var(--line); }
.categories { table-layout: fixed; font-size: 0.875rem; } .categories th, .categories td { padding-top: 2px; padding-bottom: 2px; }
.categories th:first-child { width: 32%; } .categories .number { width: 74px; }
.finding { margin-bottom: 16px; } .figures { margin: 0 0 2px; display: flex; flex-wrap: wrap; gap: 0 5px; } .figures .ratio { margin-left: auto; }
.finding .small { margin: 2px 0 0; }
table.facts { font-size: 0.875rem; } table.facts th, table.facts td { padding-top: 1px; padding-bottom: 1px; }
footer { margin-top: 56px; padding-bottom: 40px; font-size: 0.8125rem; color: var(--quiet); }
@media (max-width: 720px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  h1 { font-size: 1.625rem; }
  .evidence { grid-template-columns: minmax(0, 1fr); }
  h3 small, summary small { display: inline-block; }
article.column { padding: 14px 12px; }
  .overview .spark, .overview .what, summary svg.spark { display: none; }
  .overview th.bullet { width: 40%; }
  .run { grid-template-columns: repeat(auto-fit, minmax(min(100%, 150px), 1fr)); }
  summary { grid-template-columns: minmax(0, 5fr) minmax(0, 4fr) 68px; gap: 10px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --card: #fff; --text: #000; --quiet: #444; --rule: #ccc; --area: #d3d7dc; --area-edge: #737a83; --line: #0063a8; --flag: #a63c00; --flag-back: #fff; --within: #e2e5e9; --beyond: #f0f1f3; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 11pt; }
  article, details, .notice, figure { break-inside: avoid; } h2, h3 { break-after: avoid; }
}
`;
