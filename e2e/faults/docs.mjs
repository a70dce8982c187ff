import {readFileSync, writeFileSync} from 'node:fs';
import {inRoot} from '../../scripts/paths.mjs';
import {engines} from './browsers/driver.mjs';
import {keptEngine, keptPeers} from './results.mjs';

const page = inRoot('docs', 'delivery.md');
const titles = {chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK'};

/** @typedef {import('./run.mjs').RowResult} RowResult */

/** Rows that differ by their seed alone are one line. @param {string} name */
const family = name => name.replace(/#\d+$/, '');

/** @param {readonly string[]} cells */
const line = cells => `| ${cells.join(' | ')} |`;

/** @param {readonly string[]} head @param {readonly string[][]} rows */
const table = (head, rows) => [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');

/** What one engine made of the rows of a family. @param {readonly RowResult[] | undefined} rows @param {string} name */
function verdict(rows, name) {
  const found = rows?.filter(row => family(row.name) === name) ?? [];
  if (found.length === 0) return '–';
  const passed = found.filter(({result}) => result === 'passed').length;
  if (found.every(({result}) => result === 'skipped')) return 'skipped';
  const mark = passed === found.length ? 'passes' : '**fails**';
  return found.length === 1 ? mark : `${passed} of ${found.length}`;
}

function matrix() {
  const kept = engines.map(keptEngine);
  if (kept.every(one => one === undefined)) return 'Not run yet.';
  const names = [...new Set(kept.flatMap(one => one?.rows.map(({name}) => family(name)) ?? []))];
  const rows = names.map(name => {
    const all = kept.flatMap(one => one?.rows.filter(row => family(row.name) === name) ?? []);
    const told = all.find(({result}) => result === 'passed') ?? all[0];
    const {facts, what} = /** @type {RowResult} */ (told);
    const seeds = all[0]?.name.includes('#') ?? false;
    return [
      `\`${name}\``,
      seeds ? what.replace(/at byte \d+|when byte \d+/, match => match.replace(/\d+/, '*k*')) : what,
      facts.served || '–',
      seeds ? 'what was missing' : facts.fetched || '–',
      seeds ? 'yes' : facts.heals || '–',
      ...kept.map(one => verdict(one?.rows, name)),
    ];
  });
  const head = ['fault', 'what happens', 'served', 'blobs fetched', 'next visit', ...engines.map(name => titles[name])];
  return [...kept.flatMap(summary), '', table(head, rows), '', skipped(kept)].join('\n');
}

/** @param {ReturnType<typeof keptEngine>} kept */
function summary(kept) {
  if (!kept) return [];
  const {engine, version, missing, rows, date, machine} = kept;
  const count = (/** @type {RowResult['result']} */ kind) => rows.filter(({result}) => result === kind).length;
  const counts = missing ?? `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  return [`- **${titles[engine]}** (${version.replace(/^\w+\//, '')}): ${counts}. ${date}, ${machine}.`];
}

/** @param {readonly ReturnType<typeof keptEngine>[]} kept */
function skipped(kept) {
  const rows = kept.flatMap(
    one =>
      one?.rows
        .filter(({result}) => result !== 'passed')
        .map(({name, result, why = ''}) => [titles[one.engine], `\`${name}\``, result, why]) ?? [],
  );
  if (rows.length === 0) return 'Nothing was skipped, and nothing failed.';
  return table(
    ['engine', 'fault', '', 'why'],
    rows.map(cells => cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' '))),
  );
}

function peerTable() {
  const kept = keptPeers();
  if (!kept) return 'Not run yet.';
  const names = [...new Set(kept.peers.map(({peer}) => peer))];
  const faults = [...new Set(kept.peers.map(({fault}) => fault))];
  const cell = (/** @type {string} */ fault, /** @type {string} */ peer) => {
    const found = kept.peers.find(one => one.fault === fault && one.peer === peer);
    return found ? `${found.under}; ${found.after}` : '–';
  };
  const rows = faults.map(fault => [
    `\`${fault}\`: ${kept.peers.find(one => one.fault === fault)?.what ?? ''}`,
    ...names.map(name => cell(fault, name)),
  ]);
  return [`${kept.date}, ${kept.machine}, Chromium.`, '', table(['fault', ...names], rows)].join('\n');
}

/** What the kept results make of the page's generated parts. @param {string} text */
export function generated(text) {
  const parts = {matrix: matrix(), peers: peerTable()};
  return Object.entries(parts).reduce((whole, [name, part]) => {
    const marked = new RegExp(`(<!-- generated: ${name} -->\\n)[\\s\\S]*?(\\n<!-- end -->)`);
    if (!marked.test(whole)) throw new Error(`docs/delivery.md has no place for ${name}`);
    return whole.replace(marked, (_, start, end) => `${start}\n${part}\n${end}`);
  }, text);
}

export function writeDocs() {
  writeFileSync(page, generated(readFileSync(page, 'utf8')));
}
