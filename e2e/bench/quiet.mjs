import {cpus} from 'node:os';

/** Processor time so far, and how much of it nobody used, in milliseconds. */
function spent() {
  const times = cpus().map(({times}) => times);
  const sum = (/** @type {(one: (typeof times)[number]) => number} */ of) =>
    times.reduce((all, one) => all + of(one), 0);
  return {idle: sum(({idle}) => idle), all: sum(({user, nice, sys, irq, idle}) => user + nice + sys + irq + idle)};
}

/**
 * Resolves once the machine has rested: what a page leaves to be done when it closes (its memory, its store, its compiler) is
 * not a part of the next visit.
 *
 * @param {{ms?: number, share?: number, mostMs?: number}} [options] rested is, who was idle for `share` of `ms` milliseconds; after `mostMs` it goes on in any case
 */
export async function untilQuiet({ms = 200, share = 0.9, mostMs = 5000} = {}) {
  for (let waited = 0; waited < mostMs; waited += ms) {
    const before = spent();
    await new Promise(resolve => setTimeout(resolve, ms));
    const after = spent();
    if (after.idle - before.idle >= share * (after.all - before.all)) return;
  }
}
