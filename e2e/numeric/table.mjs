import {readFileSync, writeFileSync} from 'node:fs';
import {inRoot} from '../../scripts/paths.mjs';
import {armOf, arms, takes} from './arms.mjs';
import {cases} from './cases/index.mjs';
import {verdictOf} from './verdict.mjs';

/** @typedef {import('./drive.mjs').Result} Result */

const page = inRoot('docs', 'engine.md');
const [begin, end] = ['<!-- numeric: begin -->', '<!-- numeric: end -->'];

/** Largest differences of an operator on a provider, over those of its cases that gave numbers. @param {readonly Result[]} results */
function cellsOf(results) {
  const measured = results.flatMap(({answer}) =>
    'lost' in answer || 'code' in answer.difference ? [] : [answer.difference],
  );
  const off = results.filter(result => verdictOf(result).verdict !== 'right').length;
  const most = (/** @type {'absolute' | 'relative'} */ key) =>
    measured.length ? inWords(Math.max(...measured.map(one => one[key]))) : '–';
  return [most('absolute'), most('relative'), results.length ? String(off) : '–'];
}

/** @param {number} value */
function inWords(value) {
  if (value === 0) return '0';
  return Number.isFinite(value) ? value.toExponential(0).replace('e+', 'e') : '∞';
}

/** A table by operator for each runtime, and the list of pairs that differ. @param {readonly Result[]} results */
export function toMarkdown(results) {
  const tables = ['onnx', 'tfjs'].flatMap(runtime => {
    const its = results.filter(({provider}) => armOf(provider).runtime === runtime);
    return its.length ? [...byOperator(its), ''] : [];
  });
  return [...tables, ...differing(results)].join('\n');
}

/** @param {readonly Result[]} results @returns {string[]} */
function byOperator(results) {
  const providers = Object.keys(arms).filter(arm => results.some(({provider}) => provider === arm));
  const opOf = new Map(cases.map(({name, op}) => [name, op]));
  const ofOp = (/** @type {string} */ op) => results.filter(({name}) => (opOf.get(name) ?? name) === op);
  const ops = [...new Set(results.map(({name}) => opOf.get(name) ?? name))];
  const rows = ops.map(op => {
    const all = ofOp(op);
    const cells = providers.flatMap(provider => cellsOf(all.filter(result => result.provider === provider)));
    return [op, String(new Set(all.map(({name}) => name)).size), ...cells];
  });
  const head = ['operator', 'cases', ...providers.flatMap(provider => [`${provider}: absolute`, 'relative', 'off'])];
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}

/** @param {readonly Result[]} results @returns {string[]} */
function differing(results) {
  const off = results.map(result => ({...result, ...verdictOf(result)})).filter(({verdict}) => verdict !== 'right');
  if (off.length === 0) return ['No pair differs.'];
  const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').slice(0, 160);
  const rows = off.map(({name, provider, verdict, why}) => `| ${name} | ${provider} | ${verdict} | ${cell(why)} |`);
  return ['| case | provider | | what |', '|---|---|---|---|', ...rows];
}

/** Puts the tables of a whole run into `docs/engine.md`. @param {readonly Result[]} results @throws Error where a pair was not asked */
export function writeDocs(results) {
  const asked = new Set(results.map(({name, provider}) => `${name} on ${provider}`));
  const pairs = cases.flatMap(one =>
    Object.keys(arms).flatMap(arm => (takes(arm, one) ? [`${one.name} on ${arm}`] : [])),
  );
  const missing = pairs.filter(pair => !asked.has(pair));
  if (missing.length)
    throw new Error(
      `--write-docs needs every case on every provider; ${missing.length} were not asked, such as ${missing[0]}`,
    );
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} and ${end}`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${toMarkdown(results)}\n\n${text.slice(to)}`);
}
