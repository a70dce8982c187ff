import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {expect, it} from 'vitest';
import {batchOf, predictions, TestCollector} from './testing/test-collector.js';

const collector = new TestCollector();
const producers = 8;
const eventsInBatch = 20;

/** Runs in another process: eight producers send batch after batch, and say what was acknowledged. */
const load = (path: string, round: number) => `
import {createCollector, openSqliteStore} from '@kedge/collector';
import {gzipSync} from 'node:zlib';
const collector = createCollector({store: openSqliteStore({path: ${JSON.stringify(path)}}), writeKeys: [{key: 'key'}]});
const batch = ${JSON.stringify(batchOf(predictions(eventsInBatch)))};
const produce = async producer => {
  for (let seq = 0; ; seq += ${eventsInBatch}) {
    const body = gzipSync(JSON.stringify({...batch, producer, seq}));
    const response = await collector.fetch(new Request('http://collector/v1/events', {method: 'POST', body}));
    if (response.status === 202) process.stdout.write(producer + ' ' + seq + '\\n');
  }
};
await Promise.all(Array.from({length: ${producers}}, (_, i) => produce('${round}-' + i)));
`;

/** Starts the load, kills it without warning a while after the first answer, and returns what it had acknowledged. */
async function killUnderLoad(path: string, round: number, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', load(path, round)], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  createInterface({input: child.stdout}).on('line', line => {
    if (acknowledged.length === 0) setTimeout(() => child.kill('SIGKILL'), afterMs);
    acknowledged.push(line);
  });
  await once(child, 'close');
  return acknowledged;
}

it('loses nothing that it acknowledged, and counts nothing twice, when it is killed under load', async () => {
  let total = 0;
  for (const [round, afterMs] of [3, 40, 90, 151, 233].entries()) {
    const acknowledged = await killUnderLoad(collector.path, round, afterMs);
    await collector.reopen();
    const stored = collector.query<{name: string}>("SELECT producer || ' ' || seq AS name FROM batches");
    const names = new Set(stored.map(({name}) => name));
    expect(names.size).toBe(stored.length);
    expect(acknowledged.filter(name => !names.has(name))).toEqual([]);

    // Sums and batches were committed together: neither is ahead of the other.
    total = stored.length * eventsInBatch;
    const arm = await collector.firstArm();
    expect(arm.predictions).toBe(total);
    expect(arm.units.served).toBe(1);
  }
  // A client whose answer was lost sends again; what arrived is recognised.
  const [last] = collector.query<{producer: string; seq: number}>('SELECT producer, seq FROM batches ORDER BY id DESC');
  const again = await collector.send(predictions(eventsInBatch), last);
  expect(await again.json()).toEqual({accepted: 0, duplicates: eventsInBatch});
  expect((await collector.firstArm()).predictions).toBe(total);
}, 60_000);
