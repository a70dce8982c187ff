import {readdirSync, writeFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {inRoot} from './paths.mjs';
import {setup} from './setup.mjs';

/**
 * One budget, measured. `ours` and `peer` are in the unit that `what` names; `peer` and `ratio` are null where there is none.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} what
 * @property {number} ours
 * @property {number | null} peer
 * @property {number | null} ratio
 * @property {string} budget for people
 * @property {boolean} holds
 */

/**
 * What a file `e2e/bench/<name>.bench.mjs` may use in its `rows(context)`.
 *
 * @typedef {object} Context
 * @property {() => Promise<import('playwright').Browser>} launch a Chromium of its own; closed when the file is done
 * @property {typeof import('./serve-folder.mjs').serveFolder} serve closed when the file is done
 */

const folder = inRoot('e2e', 'bench');
const suffix = '.bench.mjs';

/** @param {readonly string[]} args */
function parseArguments(args) {
  const at = args.indexOf('--json');
  const json = at < 0 ? undefined : args[at + 1];
  if (at >= 0 && !json) throw new Error('--json needs a file name');
  const names = at < 0 ? args : args.filter((_, i) => i !== at && i !== at + 1);
  return {names: names.filter(name => name !== '--'), json};
}

/** @param {readonly string[]} names */
function chosen(names) {
  const all = readdirSync(folder)
    .filter(file => file.endsWith(suffix))
    .map(file => file.slice(0, -suffix.length));
  const unknown = names.filter(name => !all.includes(name));
  if (unknown.length) throw new Error(`unknown bench ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return names.length ? names : all;
}

/** @param {string} name @returns {Promise<Row[]>} */
async function measure(name) {
  /** @type {(() => Promise<unknown>)[]} */
  const closers = [];
  const {rows} = await import(pathToFileURL(`${folder}/${name}${suffix}`).href);
  try {
    return await rows(await contextFor(closers));
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** @param {(() => Promise<unknown>)[]} closers @returns {Promise<Context>} */
async function contextFor(closers) {
  const {serveFolder} = await import('./serve-folder.mjs');
  return {
    async launch() {
      const {ensureChromium, launchOptions} = await import('./browser.mjs');
      const {chromium} = await import('playwright');
      await ensureChromium();
      const browser = await chromium.launch(launchOptions());
      closers.push(() => browser.close());
      return browser;
    },
    async serve(...args) {
      const server = await serveFolder(...args);
      closers.push(() => server.close());
      return server;
    },
  };
}

/** @param {readonly Row[]} rows */
function printTable(rows) {
  const head = ['name', 'what', 'ours', 'peer', 'ratio', 'budget', 'holds'];
  const cells = rows.map(row => [
    row.name,
    row.what,
    ...[row.ours, row.peer, row.ratio].map(number => (number === null ? '–' : format(number))),
    row.budget,
    row.holds ? 'yes' : 'NO',
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map(line => line[i]?.length ?? 0)));
  for (const line of [head, ...cells])
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** Three digits that mean something. @param {number} number */
const format = number => (Math.abs(number) >= 100 ? number.toFixed(0) : number.toPrecision(3));

async function main() {
  const {names, json} = parseArguments(process.argv.slice(2));
  const wanted = chosen(names);
  await setup();
  /** @type {Row[]} */
  const rows = [];
  for (const name of wanted) {
    console.log(`bench: ${name}`);
    rows.push(...(await measure(name)));
  }
  printTable(rows);
  if (json) writeFileSync(resolve(json), `${JSON.stringify(rows, null, 2)}\n`);
  process.exitCode = rows.every(({holds}) => holds) ? 0 : 1;
}

await main().catch(error => {
  console.error(`npm run bench: ${error.stack ?? error}`);
  process.exitCode = 1;
});
