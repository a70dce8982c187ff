import {readFileSync} from 'node:fs';
import {inRoot} from '../../scripts/paths.mjs';
import {armOf} from './arms.mjs';

/**
 * @typedef {import('./drive.mjs').Result} Result
 * @typedef {'right' | 'wrong' | 'refused' | 'lost'} Verdict right; other numbers; can't be run; no answer at all
 * @typedef {{case: string, provider: string, verdict: Exclude<Verdict, 'right'>, why: string}} Known a pair that does not give the reference
 */

/** @param {Result} result @returns {{verdict: Verdict, why: string}} */
export function verdictOf({answer}) {
  if ('lost' in answer) return {verdict: 'lost', why: answer.lost};
  const {difference} = answer;
  if ('code' in difference) return {verdict: 'refused', why: `${difference.code}: ${causeOf(difference.message)}`};
  return difference.wrong ? {verdict: 'wrong', why: difference.wrong} : {verdict: 'right', why: ''};
}

/** The runtime's own words at the end of a refusal, without the path of its source on the machine that built it. @param {string} message */
const causeOf = message =>
  message
    .replaceAll(/\s+/g, ' ')
    .replace(/^.*(?:ERROR_MESSAGE|Status Message): /, '')
    .replace(/\/\S*\/onnxruntime\//, 'onnxruntime/')
    .trim();

/** Pairs that are known to differ, by provider and case. @returns {readonly Known[]} */
export function readKnown() {
  return JSON.parse(readFileSync(inRoot('e2e', 'numeric', 'known.json'), 'utf8'));
}

/**
 * What a run found that should not be: a pair that differs and is not known, one that is known and differs no more, one that
 * another provider answered, and a wrong or refused pair that the client let serve.
 *
 * @param {readonly Result[]} results @param {readonly Known[]} known @returns {string[]}
 */
export function problemsOf(results, known) {
  return results.flatMap(result => {
    const {verdict, why} = verdictOf(result);
    const pair = `${result.name} on ${result.provider}`;
    const expected =
      known.find(one => one.case === result.name && one.provider === result.provider)?.verdict ?? 'right';
    const found =
      verdict === expected ? [] : [`${pair}: expected to be ${expected}, was ${verdict}${why && ` (${why})`}`];
    return [...found, ...(verdict === 'right' ? servedElsewhere(pair, result) : servedAnyway(pair, result))];
  });
}

/** What is right was computed where it should have been. @param {string} pair @param {Result} result @returns {string[]} */
function servedElsewhere(pair, {answer, provider}) {
  if ('lost' in answer || 'code' in answer.checked) return [];
  const arm = armOf(provider);
  if (arm.trimmed && !answer.trimmed) return [`${pair}: answered by the whole binary`];
  return answer.checked.provider === arm.provider ? [] : [`${pair}: answered by ${answer.checked.provider}`];
}

/** The proof that the golden test holds: the pair is refused, and WASM serves in its place. @param {string} pair @param {Result} result @returns {string[]} */
function servedAnyway(pair, {answer}) {
  if ('lost' in answer) return [];
  const {checked, instead} = answer;
  if (!('code' in checked)) return [`${pair}: its numbers are wrong, and the golden test let it serve`];
  if (!instead) return [];
  if ('code' in instead)
    return [`${pair}: refused, and WASM did not serve in its place (${instead.code}: ${instead.message})`];
  return instead.provider === 'wasm' && instead.wrong === null
    ? []
    : [`${pair}: refused, and ${instead.provider} served in its place: ${instead.wrong ?? 'right'}`];
}
