/**
 * One named fault. `run` throws what did not hold.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} what for people
 * @property {readonly import('../browsers/driver.mjs').Ability[]} [needs]
 * @property {(world: import('../world/world.mjs').World) => Promise<void>} run
 */
export {};
