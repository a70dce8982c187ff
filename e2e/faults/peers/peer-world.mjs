import {sentBytes} from '../world/ranges.mjs';
import {within} from '../world/world.mjs';
import {putPeerModel} from './peers.mjs';

/** @typedef {import('../page/peers/peer.js').PeerAnswer} PeerAnswer */

/** How long a person waits at most before a visit counts as hanging. */
const patienceMs = 45_000;

/**
 * @typedef {object} PeerVisit
 * @property {'right' | 'wrong' | 'error' | 'hangs'} answer
 * @property {string} message
 * @property {number} sent bytes
 */

/** One peer, one origin with nothing stored. */
export class PeerWorld {
  /** @type {PeerVisit | undefined} */
  first;
  #world;
  #peer;
  #model;

  /**
   * @param {import('../world/world.mjs').World} world
   * @param {import('./peers.mjs').Peer} peer
   * @param {import('./peers.mjs').PeerModel} model
   */
  constructor(world, peer, model) {
    this.#world = world;
    this.#peer = peer;
    this.#model = model;
    putPeerModel(world.server, model);
  }

  get server() {
    return this.#world.server;
  }

  get driver() {
    return this.#world.driver;
  }

  /** The model file's address. */
  get file() {
    return this.#peer.page === 'kedge' ? this.#world.version('table@1.0.0').blob : this.#peer.file;
  }

  /** Publishes the first version. */
  async open() {
    if (this.#peer.page === 'kedge') await this.#world.publish(['table@1.0.0']);
  }

  #plan() {
    const kedge = this.#peer.page === 'kedge';
    const {rows, sha256} = this.#model;
    return {rows, sha256, ...(kedge && {config: this.#world.plan().config})};
  }

  #openTab() {
    return this.driver.openTab(`${this.server.url}/peers/${this.#peer.page}.html`);
  }

  /** @returns {Promise<PeerVisit>} */
  async visit() {
    const mark = this.server.log.length;
    const tab = await this.#openTab();
    /** @type {{answer: PeerVisit['answer'], message: string}} */
    const got = await within(patienceMs, 'it', tab.evaluate(`peer.ask(${JSON.stringify(this.#plan())})`)).catch(
      error => ({
        answer: 'hangs',
        message: error.message,
      }),
    );
    await tab.close();
    return {...got, sent: sentBytes(this.server.log.slice(mark))};
  }

  /** What nobody met is no fault for everyone alike. */
  checkMet() {
    this.#world.checkMet(false);
  }

  async firstVisit() {
    this.first = await this.visit();
  }

  /** @param {number} atByte @param {(tab: import('../browsers/driver.mjs').Tab) => Promise<void>} end */
  async endedMidway(atByte, end) {
    this.server.holdAfter(atByte);
    const tab = await this.#openTab();
    await tab.evaluate(`peer.begin(${JSON.stringify(this.#plan())})`);
    await this.server.held();
    await new Promise(resolve => setTimeout(resolve, 500));
    await end(tab);
  }

  async twoTabs() {
    const mark = this.server.log.length;
    const tabs = await Promise.all([this.#openTab(), this.#openTab()]);
    for (const tab of tabs) await tab.evaluate(`peer.begin(${JSON.stringify(this.#plan())})`);
    const answers = await Promise.all(tabs.map(tab => within(patienceMs, 'it', tab.evaluate('peer.finished()'))));
    await Promise.all(tabs.map(tab => tab.close()));
    const sent = sentBytes(this.server.log.slice(mark));
    this.first = {...(answers.find(({answer}) => answer !== 'right') ?? answers[0]), sent};
  }

  /** @param {import('./peers.mjs').PeerModel} next the same as Kedge's 2.0.0 */
  async newVersion(next) {
    await this.visit();
    this.#model = next;
    putPeerModel(this.server, next);
    if (this.#peer.page === 'kedge') await this.#world.publish(['table@2.0.0', 'table@1.0.0']);
    await this.firstVisit();
  }
}
