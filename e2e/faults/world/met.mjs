import {check} from './check.mjs';

/** Which faults showed: without one, what held is no news. */
export class Met {
  #onDevice = 0;

  /** What is wrong with the device, all of it. @param {import('../page/lab.js').Visit} visit */
  add({met, unmet}) {
    check(unmet.length === 0, `the device's fault was never met: ${unmet.join(', ')}`);
    this.#onDevice += met.length;
  }

  /** @param {readonly import('../server/fault-server.mjs').Injected[]} injected each has to show @param {boolean} some whether there has to be a fault at all */
  check(injected, some) {
    const missed = injected.filter(({hits}) => hits === 0).map(({name}) => name);
    check(missed.length === 0, `a fault was never met: ${missed.join(', ')}`);
    check(!some || this.#onDevice + injected.length > 0, 'there was no fault');
  }
}
