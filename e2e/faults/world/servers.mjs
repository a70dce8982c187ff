import {FaultServer} from '../server/fault-server.mjs';

/** The registry, and its mirrors: faults are each one's own, and what was asked is asked of all. */
export class Servers {
  /** @type {FaultServer[]} */
  #all;

  /** @param {FaultServer} first */
  constructor(first) {
    this.#all = [first];
  }

  /** Another one with the same content. */
  async openMirror() {
    const mirror = new FaultServer(/** @type {FaultServer} */ (this.#all[0]).folders);
    await mirror.listen();
    this.#all.push(mirror);
    return mirror;
  }

  /** @param {string} path @param {string} body */
  put(path, body) {
    for (const server of this.#all) server.put(path, body);
  }

  /** How long each one's log is. */
  mark() {
    return this.#all.map(({log}) => log.length);
  }

  /** What they were asked since. @param {readonly number[]} mark */
  since(mark) {
    return this.#all.flatMap(({log}, i) => log.slice(mark[i] ?? 0));
  }

  /** Every fault there was, healed or not. */
  get injected() {
    return this.#all.flatMap(({injected}) => injected);
  }

  heal() {
    for (const server of this.#all) server.heal();
  }

  async close() {
    this.heal();
    for (const server of this.#all) await server.close();
  }
}
