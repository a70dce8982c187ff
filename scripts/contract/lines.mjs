/**
 * @typedef {object} Result as Vitest's `json` reporter writes one test
 * @property {readonly string[]} ancestorTitles
 * @property {string} title
 * @property {string} status
 * @property {string[]} [failureMessages]
 *
 * @typedef {{engine: string, suite: string, passed: number, failed: number, skipped: number}} Line
 */

/** The title that `runtimeContract` gives; the adapters' other tests are in the same files. */
const contract = 'the contract';

/** @param {Result} result */
const inContract = ({ancestorTitles}) => ancestorTitles.includes(contract);
/** @param {Result} result */
const suiteOf = ({ancestorTitles}) => ancestorTitles.filter(name => name && name !== contract).join(', ');

/** The contract's tests, counted for each adapter, provider and form. @param {string} engine @param {readonly Result[]} results @returns {Line[]} */
export function linesOf(engine, results) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  for (const result of results.filter(inContract)) {
    const [suite, {status}] = [suiteOf(result), result];
    const line = lines.get(suite) ?? {engine, suite, passed: 0, failed: 0, skipped: 0};
    line[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
    lines.set(suite, line);
  }
  if (lines.size === 0) throw new Error(`${engine}: no test of the contract ran`);
  return [...lines.values()];
}

/** What failed and why, for people. @param {string} engine @param {readonly Result[]} results */
export const failuresOf = (engine, results) =>
  results
    .filter(result => result.status === 'failed' && inContract(result))
    .map(result => `${engine}: ${suiteOf(result)}: ${result.title}: ${result.failureMessages?.join('\n')}`);

/**
 * @param {readonly Line[]} lines
 * @param {readonly string[]} engines one column each
 */
export function toMarkdown(lines, engines) {
  const suites = [...new Set(lines.map(({suite}) => suite))];
  const cellOf = (/** @type {string} */ suite, /** @type {string} */ engine) =>
    inWords(lines.find(line => line.suite === suite && line.engine === engine));
  const rows = suites.map(suite => `| ${[suite, ...engines.map(engine => cellOf(suite, engine))].join(' | ')} |`);
  return [
    `| adapter, provider, form of the model | ${engines.join(' | ')} |`,
    `|---|${engines.map(() => '---|').join('')}`,
    ...rows,
  ].join('\n');
}

/** @param {Line | undefined} line */
function inWords(line) {
  if (!line) return '–';
  const {passed, failed, skipped} = line;
  const all = passed + failed + skipped;
  if (skipped === all) return line.suite.includes(' on webgpu') ? 'no WebGPU' : 'no threads';
  return `${passed} of ${all}${failed ? `, **${failed} failed**` : ''}`;
}
