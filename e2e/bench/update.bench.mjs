import {fineTuned, withNewHead} from '../faults/world/registry.mjs';
import {layers, randomTables, tableModel} from '../faults/models/table-model.mjs';
import {throttledStage} from './throttled.mjs';

const bytes = 25e6;
const before = () => randomTables(bytes, 60);
const tuned = () => fineTuned(before(), 61);

/**
 * What changes between two versions of a model of 25 MB in float32. `most` is the budget: a share of the changed bytes where
 * only some changed, of the whole model where all did, or none where it is only told.
 *
 * @type {{name: string, weight: 'float32' | 'float16' | 'int8', after: () => Float32Array[], of: 'changed' | 'whole', most?: number}[]}
 */
const cases = [
  {name: 'head', weight: 'float32', after: () => withNewHead(before(), 62), of: 'changed', most: 1.1},
  {name: 'int8', weight: 'int8', after: tuned, of: 'whole', most: 0.1},
  {name: 'fp16', weight: 'float16', after: tuned, of: 'whole'},
  {name: 'fp32', weight: 'float32', after: tuned, of: 'whole'},
];

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await throttledStage(
    cases.flatMap(({name, weight, after}) => [
      [`${name}@1.0.0`, () => tableModel(before(), weight)],
      [`${name}@1.1.0`, () => tableModel(after(), weight), ['1.0.0']],
    ]),
  );
  try {
    const browser = await launch();
    const rows = [];
    for (const one of cases) rows.push(row(one, await update(staged, browser, one.name), staged));
    return rows;
  } finally {
    staged.close();
  }
}

/** Bytes of blobs that the server sent for the second version. @param {Awaited<ReturnType<typeof throttledStage>>} staged @param {import('playwright').Browser} browser @param {string} name */
async function update(staged, browser, name) {
  const world = await staged.world(Infinity);
  const context = await browser.newContext();
  try {
    const install = async (/** @type {string[]} */ versions) => {
      await world.publish(versions);
      const mark = world.server.log.length;
      const page = await context.newPage();
      await page.goto(`${world.server.url}/install.html`);
      await page.evaluate(`prepare(${JSON.stringify(world.plan().config)})`);
      await page.evaluate(`install(${JSON.stringify(name)})`);
      await page.close();
      const sent = world.server.log.slice(mark).filter(({path}) => path.includes('/blobs/'));
      return sent.reduce((sum, one) => sum + one.sent, 0);
    };
    await install([`${name}@1.0.0`]);
    return await install([`${name}@1.1.0`, `${name}@1.0.0`]);
  } finally {
    await context.close();
    await world.close();
  }
}

/** @param {(typeof cases)[number]} one @param {number} sent @param {Awaited<ReturnType<typeof throttledStage>>} staged @returns {import('../../scripts/bench.mjs').Row} */
function row({name, weight, of, most}, sent, staged) {
  const whole = staged.registry.versions[`${name}@1.1.0`]?.bytes ?? NaN;
  // One table of eight is new where only the head is.
  const base = of === 'whole' ? whole : whole / layers;
  const ratio = sent / base;
  return {
    name: 'update',
    what: `${name === 'head' ? 'only the last layer differs' : `a fine-tune, ${weight}`}, kB on the wire, over the ${of === 'whole' ? 'whole model' : 'changed bytes'}`,
    ours: sent / 1000,
    peer: base / 1000,
    ratio,
    budget: most === undefined ? '(told)' : `≤ ${most}`,
    holds: most === undefined || ratio <= most,
  };
}
