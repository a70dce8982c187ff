import {join} from 'node:path';
import {EngineMissing} from './browsers/install.mjs';
import {engines as allEngines, openDriver} from './browsers/driver.mjs';
import {rows as allRows} from './rows/all.mjs';
import {makeRegistry} from './world/registry.mjs';
import {buildSite} from './world/site.mjs';
import {within, World} from './world/world.mjs';

/** @typedef {import('./browsers/driver.mjs').Engine} Engine */
/** @typedef {import('./browsers/driver.mjs').Driver} Driver */
/** @typedef {import('./rows/row.mjs').Row} Row */
/** @typedef {{registry: import('./world/registry.mjs').Registry, site: string}} Rooms */

/**
 * @typedef {object} RowResult
 * @property {string} name
 * @property {string} what
 * @property {'passed' | 'failed' | 'skipped'} result
 * @property {string} [why] it failed, or was skipped
 * @property {import('./world/world.mjs').Facts} facts
 * @property {number} seconds
 *
 * @typedef {object} EngineResult
 * @property {Engine} engine
 * @property {string} version
 * @property {string} [missing] why this engine could not be had
 * @property {RowResult[]} rows
 */

const rowMs = 5 * 60_000;

/** @param {readonly string[]} only */
function chosen(only) {
  const matches = (/** @type {Row} */ row) => only.some(name => row.name === name || row.name.startsWith(`${name}#`));
  const found = only.length ? allRows.filter(matches) : allRows;
  if (found.length === 0)
    throw new Error(`no fault is named ${only.join(', ')}; there are ${allRows.map(({name}) => name).join(', ')}`);
  return found;
}

/** What was in the table for this machine. @typedef {{engines: EngineResult[], peers: import('./peers/run-peers.mjs').PeerResult[]}} Results */

/**
 * @param {{folder: string, peers?: boolean, engines?: readonly string[] | undefined, only?: readonly string[], jobs?: number}} options `folder` for what the run makes; `jobs` rows at a time, each in a browser and a profile of its own
 * @returns {Promise<Results>}
 */
export async function runFaults({folder, engines = allEngines, only = [], peers = false, jobs = 1}) {
  const unknown = engines.find(name => !allEngines.includes(/** @type {Engine} */ (name)));
  if (unknown) throw new Error(`unknown engine ${unknown}; there are ${allEngines.join(', ')}`);
  const rows = peers ? [] : chosen(only);
  const registry = await makeRegistry(folder);
  const site = join(folder, 'site');
  if (peers) {
    await buildSite(site, ['probe', 'peers/kedge', 'peers/transformers', 'peers/tfjs', 'peers/cache-api']);
    const {runPeers} = await import('./peers/run-peers.mjs');
    return {engines: [], peers: await runPeers({registry, site}, only)};
  }
  await buildSite(site);
  const results = [];
  for (const engine of /** @type {Engine[]} */ (engines))
    results.push(await runEngine(engine, rows, {registry, site}, jobs));
  return {engines: results, peers: []};
}

/**
 * @param {Engine} engine
 * @param {readonly Row[]} rows
 * @param {Rooms} rooms
 * @param {number} jobs
 * @returns {Promise<EngineResult>}
 */
async function runEngine(engine, rows, rooms, jobs) {
  let driver;
  try {
    driver = await openDriver(engine);
  } catch (error) {
    if (!(error instanceof EngineMissing)) throw error;
    console.log(`${engine}: skipped: ${error.message}`);
    return {engine, version: '', missing: error.message, rows: []};
  }
  const {version} = driver;
  console.log(`\n── ${engine} ${version}`);
  const left = rows.map((row, at) => ({row, at}));
  /** In the table's order, whichever ends first. @type {RowResult[]} */
  const results = [];
  // What was found so far is kept: a whole run takes its time.
  const stop = () => void (left.length = 0);
  process.once('SIGINT', stop);
  const others = await Promise.all(Array.from({length: Math.min(jobs, rows.length) - 1}, () => openDriver(engine)));
  await Promise.all([driver, ...others].map(one => runRows(left, results, one, rooms)));
  process.off('SIGINT', stop);
  const done = results.filter(Boolean);
  const count = (/** @type {RowResult['result']} */ kind) => done.filter(({result}) => result === kind).length;
  const skipped = count('skipped');
  console.log(
    `${engine}: ${count('passed')} passed, ${count('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`,
  );
  return {engine, version, rows: done};
}

/**
 * Row after row in one browser, until none is left.
 *
 * @param {{row: Row, at: number}[]} left
 * @param {RowResult[]} results
 * @param {Driver} driver it is closed at the end
 * @param {Rooms} rooms
 */
async function runRows(left, results, driver, rooms) {
  for (let next = left.shift(); next; next = left.shift()) {
    const result = await runRow(next.row, {...rooms, driver});
    console.log(lineOf(result));
    results[next.at] = result;
    // What a failed row left behind must not fail the next one.
    if (result.result === 'failed') {
      await driver.close().catch(() => {});
      driver = await openDriver(driver.engine);
    }
  }
  await driver.close();
}

/** @param {Row} row @param {Rooms & {driver: Driver}} rooms @returns {Promise<RowResult>} */
async function runRow({name, what, needs = [], meets = false, run}, rooms) {
  const lack = needs.map(need => rooms.driver.lacks[need]).find(reason => reason !== undefined);
  const started = performance.now();
  const world = await World.open(rooms);
  const {facts} = world;
  const end = (/** @type {RowResult['result']} */ result, /** @type {string} */ why = '') => ({
    name,
    what,
    result,
    ...(why && {why}),
    facts,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    if (lack !== undefined) return end('skipped', lack);
    await within(rowMs, name, run(world));
    world.checkMet(meets);
    return end('passed');
  } catch (error) {
    return end('failed', error instanceof Error ? error.message : String(error));
  } finally {
    await world.close();
  }
}

/** @param {RowResult} row */
function lineOf({name, result, why, facts, seconds}) {
  const mark = {passed: 'ok  ', failed: 'FAIL', skipped: 'skip'}[result];
  const found = [
    facts.served && `served ${facts.served}`,
    facts.stored && `stored ${facts.stored}`,
    facts.fetched && `fetched ${facts.fetched}`,
    facts.heals && `heals: ${facts.heals}`,
  ];
  return `${mark} ${name.padEnd(26)} ${seconds.toFixed(1).padStart(5)} s  ${found.filter(Boolean).join('; ')}${why ? `\n       ${why}` : ''}`;
}
