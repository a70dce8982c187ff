import type {Manifest} from '@kedge/core';
import {readGolden} from '../install/assemble.js';
import type {Store} from '../store/store.js';
import {joined, rowOf} from './batch.js';
import {readTensors} from './golden.js';
import type {Session, Tensors} from './runtime.js';

const sizes = [2, 4, 8, 16, 32];
/** A batch that takes longer saves nothing worth the wait of its first row. */
const mostMs = 20;

/**
 * Tries how many rows this session may compute as one batch: as many as give each row, to the bit, what it gives alone. A
 * kernel may add up in another order for another number of rows, and what a model calls its batch may be none.
 *
 * @param manifest with the number of rows as the first dimension of every tensor, see batch.ts
 * @returns ascending; empty where no batch is to be made
 */
export async function batches(manifest: Manifest, session: Session, store: Store): Promise<number[]> {
  const rows = await goldenRows(manifest, store);
  if (rows.length === 0) return [];
  // The very first run still compiles and allocates.
  await session.run(rows[0]!);
  const singles: Tensors[] = [];
  const single = async () => void singles.push(rowOf(await session.run(rows[singles.length]!), 0, 1));
  const good: number[] = [];
  let ms = await timed(single);
  for (const size of sizes) {
    // Twice the rows take at most twice the time.
    if (2 * ms > mostMs) break;
    while (singles.length < size) await single();
    let answer: Tensors = {};
    ms = await timed(async () => void (answer = await session.run(joined(rows.slice(0, size)))));
    if (singles.every((single, i) => isSame(single, rowOf(answer, i, size)))) good.push(size);
  }
  if (good.length === 0) return [];
  // Of rows with one result nobody can say whether they were kept apart.
  return isSame(singles[0]!, singles[1]!) ? [] : good;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** As many rows as the largest batch has: the golden ones, and the same with their elements moved on, so that no two are alike. */
async function goldenRows(manifest: Manifest, store: Store): Promise<Tensors[]> {
  const files = await readGolden(manifest, store);
  const golden = manifest.golden.flatMap(({inputs}) => {
    const tensors = readTensors(inputs, files);
    const count = Object.values(tensors)[0]?.shape[0] ?? 0;
    return Array.from({length: count}, (_, i) => rowOf(tensors, i, count));
  });
  if (golden.length === 0) return [];
  return Array.from({length: sizes.at(-1)!}, (_, i) =>
    moved(golden[i % golden.length]!, Math.floor(i / golden.length) * 7),
  );
}

function moved(tensors: Tensors, by: number): Tensors {
  const row: Tensors = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const at = by % tensor.data.length;
    const data = tensor.data.slice();
    data.set(tensor.data.subarray(at) as never);
    data.set(tensor.data.subarray(0, at) as never, data.length - at);
    row[name] = {...tensor, data};
  }
  return row;
}

function isSame(a: Tensors, b: Tensors): boolean {
  return Object.entries(a).every(([name, {data}]) => {
    const [mine, other] = [bytesOf(data), bytesOf(b[name]!.data)];
    return mine.length === other.length && mine.every((byte, i) => byte === other[i]);
  });
}

const bytesOf = ({buffer, byteOffset, byteLength}: Tensors[string]['data']) =>
  new Uint8Array(buffer, byteOffset, byteLength);
