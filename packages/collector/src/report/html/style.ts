/** The page's style. Colours are pairs for light and dark; each meets 4.5 : 1 on its ground. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f7; --card: #fff; --line: #dfe4e9; --ink: #16222d; --soft: #55636f;
  --good: #0f6b4f; --good-ground: #e2f3ec; --bad: #a8261c; --bad-ground: #fbe7e4;
  --wait: #6b5200; --wait-ground: #faf0d2; --arm0: #52616e; --arm1: #0a6792; --arm2: #7a3f98; --arm3: #9a4a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f161c; --card: #18222b; --line: #2b3843; --ink: #e8eef3; --soft: #a0afbb;
    --good: #6fd3ad; --good-ground: #12382c; --bad: #ff9d92; --bad-ground: #451c19;
    --wait: #e9c660; --wait-ground: #392f10; --arm0: #a9b7c3; --arm1: #67bfe8; --arm2: #cf9be8; --arm3: #f0a868;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
.page { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
.top { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.125rem; font-weight: 650; margin: 0; }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: .9375rem; font-weight: 650; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
.soft, .stamp { color: var(--soft); font-size: .875rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; margin-top: 1.25rem; }
.verdict { display: flex; gap: .75rem; border-radius: 8px; padding: .875rem 1rem; margin-top: 1rem; font-weight: 550; }
.verdict .mark { font-weight: 700; }
.good { background: var(--good-ground); color: var(--good); }
.bad { background: var(--bad-ground); color: var(--bad); }
.wait { background: var(--wait-ground); color: var(--wait); }
.verdict span + span { color: var(--ink); }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--arm1); outline-offset: 3px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: .4375rem 0 .4375rem 1rem; border-top: 1px solid var(--line); vertical-align: top; }
th { font-weight: 400; color: var(--soft); }
th:first-child { text-align: left; padding-left: 0; }
thead th { border-top: 0; color: var(--ink); font-weight: 650; }
td small, th small { display: block; color: var(--soft); font-weight: 400; font-size: .8125rem; }
.strong td { font-weight: 650; }
.strong td small { font-weight: 400; }
ul { margin: .5rem 0 0; padding: 0; list-style: none; }
li { display: flex; gap: .625rem; padding: .1875rem 0; }
li .mark { flex: none; width: 1.25rem; height: 1.5rem; text-align: center; font-weight: 700; color: var(--soft); }
li.ok .mark { color: var(--good); }
li.alarm, li.alarm .mark { color: var(--bad); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0 2.5rem; }
.plot { display: block; width: 100%; height: auto; max-width: 34rem; overflow: visible; font: 13px system-ui, sans-serif; }
.plot text { fill: var(--soft); }
.plot .name, .plot .value { fill: var(--ink); stroke: var(--card); stroke-width: 5; paint-order: stroke; }
.plot .axis { stroke: var(--line); }
.plot .zero { stroke: var(--soft); stroke-dasharray: 3 3; }
.plot .wide { stroke-width: 5; stroke-linecap: round; }
.plot .dot { stroke: var(--card); stroke-width: 2; }
.arm0 { --tint: var(--arm0); } .arm1 { --tint: var(--arm1); } .arm2 { --tint: var(--arm2); } .arm3 { --tint: var(--arm3); }
.plot .wide { stroke: var(--tint); opacity: .45; }
.plot .dot { fill: var(--tint); }
.swatch { display: inline-block; width: .625rem; height: .625rem; border-radius: 50%; background: var(--tint); margin-right: .4375rem; }
details { margin-top: 1rem; border-top: 1px solid var(--line); padding-top: .75rem; }
summary { cursor: pointer; font-weight: 550; border-radius: 4px; }
.matrices { display: flex; flex-wrap: wrap; gap: 1.5rem; margin-top: .75rem; }
.matrix { font: 11px system-ui, sans-serif; width: 19rem; max-width: 100%; height: auto; display: block; }
.matrix text { fill: var(--ink); text-anchor: middle; }
.matrix .side { fill: var(--soft); }
.matrix .right { fill: var(--good); } .matrix .wrong { fill: var(--bad); }
figure { margin: 0; } figcaption { font-size: .875rem; margin-bottom: .25rem; }
.empty { text-align: center; padding: 4rem 1.5rem; }
code { font: .875em ui-monospace, monospace; overflow-wrap: anywhere; }
@media (max-width: 34rem) {
  .page { padding: 1rem .75rem 3rem; } .card { padding: 1.125rem 1rem; } body { font-size: 15px; }
  table { font-size: .875rem; table-layout: fixed; } table.many { min-width: 34rem; }
  th, td { padding-left: .625rem; overflow-wrap: anywhere; } th:first-child { width: 27%; }
}
`;
