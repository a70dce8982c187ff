import {randomInt} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import {type Context, encodeBatch, type KedgeEvent} from '@kedge/core';
import type {KedgeServer} from '../fixtures/kedge-server.js';
import {armOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';
import {writeKey} from '../setup/prepared.js';

const producers = ['p0', 'p1', 'p2', 'p3'];
const eventsInBatch = 50;
const rounds = 4;

/** A device that sends batch after batch. Each has an arm of its own, so that the report counts its events apart. */
class Device {
  readonly name: string;
  /** Of the batches sent, those that were answered with 202. */
  readonly acknowledged = new Set<number>();
  sent = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Until the server is gone. */
  async sendUntilRefused(server: KedgeServer, onAcknowledged: () => void): Promise<void> {
    for (;;) {
      const batch = this.sent++;
      const answer = await this.send(server, batch).catch(() => undefined);
      if (!answer) return;
      this.acknowledged.add(batch);
      onAcknowledged();
    }
  }

  async send(server: KedgeServer, batch: number): Promise<{accepted: number; duplicates: number}> {
    const response = await fetch(`${server.url}/v1/events`, {method: 'POST', body: this.#bytes(batch)});
    if (response.status !== 202) throw new Error(`the collector answered ${response.status}`);
    return (await response.json()) as {accepted: number; duplicates: number};
  }

  #bytes(batch: number): Uint8Array<ArrayBuffer> {
    const seq = batch * eventsInBatch;
    const header = {writeKey, producer: this.name, epoch: 'one', seq, sdk: 'e2e'};
    const text = JSON.stringify(encodeBatch(header, this.#events(seq)));
    return new Uint8Array(gzipSync(text));
  }

  #events(seq: number): KedgeEvent[] {
    const context: Context = {
      unit: `unit-of-${this.name}`,
      model: 'digits',
      experiment: 'digits-cnn',
      phase: 1,
      arm: this.name,
      version: '1.0.0',
      digest: null,
      source: 'model',
      provider: 'wasm',
      release: 3,
    };
    return Array.from({length: eventsInBatch}, (_, i) => ({
      kind: 'prediction' as const,
      at: 1_790_000_000_000 + seq + i,
      context,
      latencyMs: 3,
      predicted: (seq + i) % 10,
    }));
  }
}

test('the collector killed under load loses no acknowledged event, and sending all again doubles none', async ({
  server,
}) => {
  const devices = producers.map(name => new Device(name));
  const kills: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const afterAcknowledged = randomInt(1, 120);
    kills.push(afterAcknowledged);
    let acknowledged = 0;
    const load = devices.map(device =>
      device.sendUntilRefused(server, () => {
        // In the middle of the other devices' requests.
        if (++acknowledged === afterAcknowledged) void server.stop('SIGKILL');
      }),
    );
    await Promise.all(load);
    await server.stop('SIGKILL');
    await server.start();
    for (const device of devices) {
      const arm = await armOf(server, device.name);
      const stored = (arm?.predictions ?? 0) / eventsInBatch;
      // A batch is whole or not there; only those whose answer was lost may be either.
      expect(Number.isInteger(stored), `kills ${kills.join(', ')}`).toBe(true);
      expect(stored, `kills ${kills.join(', ')}`).toBeGreaterThanOrEqual(device.acknowledged.size);
      expect(stored).toBeLessThanOrEqual(device.sent);
    }
  }

  for (const device of devices)
    for (let batch = 0; batch < device.sent; batch++) {
      const answer = await device.send(server, batch);
      expect(answer.accepted + answer.duplicates).toBe(eventsInBatch);
      if (device.acknowledged.has(batch)) expect(answer).toEqual({accepted: 0, duplicates: eventsInBatch});
    }
  for (const device of devices) {
    expect(device.acknowledged.size).toBeGreaterThan(0);
    const arm = await armOf(server, device.name);
    expect(arm).toMatchObject({predictions: device.sent * eventsInBatch, units: {served: 1}});
  }
});
