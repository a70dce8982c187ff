import type {Group} from './outbox.js';
import {post} from './post.js';
import {batchOf, type Sender} from './seal.js';

/** The platform allows 64 KiB for all unload requests of a page; the rest is left to the app. */
const budgetBytes = 56 * 1024;

/**
 * The last chance of a page: no waiting, no compression. What does not fit, or does not arrive, stays in the outbox for
 * the next visit; the collector counts an event once however often it comes.
 */
export class UnloadSender {
  readonly #url: string;
  #inFlightBytes = 0;
  #sent = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Must be called synchronously in the event. @returns the groups that the collector took, if the page lives to see it */
  async send(sender: Sender, unsealed: readonly Group[]): Promise<readonly Group[]> {
    const tail = unsealed.filter(({seq}) => seq >= this.#sent);
    const first = tail[0];
    if (!first) return [];
    const events = tail.flatMap(group => group.events);
    const body = JSON.stringify(batchOf(sender, first.epoch, first.seq, events));
    if (this.#inFlightBytes + body.length > budgetBytes) return [];
    this.#sent = first.seq + events.length;
    this.#inFlightBytes += body.length;
    const {state} = await post(this.#url, body, {keepalive: true});
    this.#inFlightBytes -= body.length;
    return state === 'accepted' ? tail : [];
  }
}
