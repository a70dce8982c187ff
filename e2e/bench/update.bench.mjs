import {fineTuned, withNewHead} from '../faults/world/registry.mjs';
import {layers, randomTables, tableModel} from '../faults/models/table-model.mjs';
import {PageMemory} from './memory.mjs';
import {throttledStage} from './throttled.mjs';

const before = (/** @type {number} */ bytes) => randomTables(bytes, 60);
const newHead = (/** @type {number} */ bytes) => withNewHead(before(bytes), 62);
const tuned = (/** @type {number} */ bytes) => fineTuned(before(bytes), 61);

/**
 * What changes between two versions of a model; `bytes` are those of its float32 form. `most` is the budget: a share of the
 * changed bytes where only some changed, of the whole model where all did, or none where it is only told.
 *
 * @typedef {{name: string, size: string, bytes: number, weight: 'float32' | 'float16' | 'int8', after: (bytes: number) => Float32Array[], of: 'changed' | 'whole', most?: number, patch: boolean}} Case
 */

const head = /** @type {const} */ ({weight: 'float32', after: newHead, of: 'changed', most: 1.1});
const tune = /** @type {const} */ ({size: '25 MB', bytes: 25e6, after: tuned, of: 'whole', patch: true});

/** @type {Case[]} */
const cases = [
  {name: 'head-1', size: '1 MB', bytes: 1e6, patch: true, ...head},
  {name: 'head-25', size: '25 MB', bytes: 25e6, patch: true, ...head},
  // By chunks alone.
  {name: 'head-200', size: '200 MB', bytes: 200e6, patch: false, ...head},
  {name: 'int8', weight: 'int8', most: 0.1, ...tune},
  {name: 'fp16', weight: 'float16', ...tune},
  {name: 'fp32', weight: 'float32', ...tune},
];

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await throttledStage(
    cases.flatMap(({name, weight, bytes, after, patch}) => [
      [`${name}@1.0.0`, () => tableModel(before(bytes), weight)],
      [`${name}@1.1.0`, () => tableModel(after(bytes), weight), patch ? ['1.0.0'] : []],
    ]),
  );
  try {
    const browser = await launch();
    const memory = new PageMemory(await browser.newBrowserCDPSession());
    const rows = [];
    for (const one of cases) rows.push(...rowsOf(one, await update(staged, browser, memory, one.name), staged));
    return rows;
  } finally {
    staged.close();
  }
}

/** Of the second version. @typedef {{sent: number, peakBytes: number}} Updated bytes of blobs that the server sent, and the most that the page's process held for it */

/** @param {Awaited<ReturnType<typeof throttledStage>>} staged @param {import('playwright').Browser} browser @param {PageMemory} memory @param {string} name @returns {Promise<Updated>} */
async function update(staged, browser, memory, name) {
  const world = await staged.world(Infinity);
  const context = await browser.newContext();
  try {
    const install = async (/** @type {string[]} */ versions) => {
      await world.publish(versions);
      const mark = world.server.log.length;
      const page = await context.newPage();
      await page.goto(`${world.server.url}/install.html`);
      await page.evaluate(`prepare(${JSON.stringify(world.plan().config)})`);
      await memory.begin();
      await page.evaluate(`install(${JSON.stringify(name)})`);
      const peakBytes = memory.peakExtra();
      await page.close();
      const sent = world.server.log.slice(mark).filter(({path}) => path.includes('/blobs/'));
      return {sent: sent.reduce((sum, one) => sum + one.sent, 0), peakBytes};
    };
    await install([`${name}@1.0.0`]);
    return await install([`${name}@1.1.0`, `${name}@1.0.0`]);
  } finally {
    await context.close();
    await world.close();
  }
}

/** @param {Case} one @param {Updated} updated @param {Awaited<ReturnType<typeof throttledStage>>} staged @returns {import('../../scripts/bench.mjs').Row[]} */
function rowsOf({name, size, weight, of, most}, {sent, peakBytes}, staged) {
  const whole = staged.registry.versions[`${name}@1.1.0`]?.bytes ?? NaN;
  // One table of eight is new where only the head is.
  const base = of === 'whole' ? whole : whole / layers;
  const ratio = sent / base;
  const model = whole / 2 ** 20;
  const peak = peakBytes / 2 ** 20;
  const onWire = {
    name: 'update',
    what: `${size}, ${of === 'changed' ? 'only the last layer differs' : `a fine-tune, ${weight}`}, kB on the wire, over the ${of === 'whole' ? 'whole model' : 'changed bytes'}`,
    ours: sent / 1000,
    peer: base / 1000,
    ratio,
    budget: most === undefined ? '(told)' : `≤ ${most}`,
    holds: most === undefined || ratio <= most,
  };
  const inMemory = {
    ...{name: 'update', what: "the same, peak extra memory of the page's process, MiB, over the model's size"},
    ...{ours: peak, peer: model, ratio: peak / model, budget: '(told)', holds: true},
  };
  return [onWire, inMemory];
}
