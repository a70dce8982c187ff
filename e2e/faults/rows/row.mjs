/**
 * One named fault. `run` throws what did not hold.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} what for people
 * @property {readonly import('../browsers/driver.mjs').Ability[]} [needs]
 * @property {boolean} [meets] whether a fault of a server or of the device is to be met: without one the row might pass as well
 * @property {(world: import('../world/world.mjs').World) => Promise<void>} run
 */
export {};
