import {createHash} from 'node:crypto';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {pseudoRandom} from '../../testing/fixtures.js';
import {type ChunkSizes, chunkSizes, chunksOf} from './fastcdc.js';
import {gearTable} from './gear.js';

const small: ChunkSizes = {min: 64, average: 256, max: 1024};

async function cut(source: Iterable<Uint8Array>, sizes?: ChunkSizes): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(source, sizes)) chunks.push(Uint8Array.from(chunk));
  return chunks;
}

const digests = (chunks: Uint8Array[]) => chunks.map(chunk => createHash('sha256').update(chunk).digest('hex'));

describe('frozen vectors', () => {
  it('keeps the gear table', () => {
    const table = gearTable();
    expect([...table.subarray(0, 3)]).toEqual([2008754280, 1773885204, 367076325]);
    expect(createHash('sha256').update(new Uint8Array(table.buffer)).digest('hex')).toBe(
      'd50f6bdbe3b5ed1ce1bc17e997e707742749e74aa26c69af9ad34c3c6093c4cd',
    );
  });

  it('keeps the cuts of 6 MiB', async () => {
    const lengths = (await cut([pseudoRandom(6 * 2 ** 20)])).map(chunk => chunk.length);
    expect(lengths).toEqual([967711, 703063, 535764, 540479, 538119, 670585, 716296, 644029, 531658, 443752]);
  });

  it('keeps the cuts with small sizes', async () => {
    const lengths = (await cut([pseudoRandom(4096, 7)], small)).map(chunk => chunk.length);
    expect(lengths).toEqual([258, 266, 294, 294, 240, 333, 122, 312, 106, 294, 288, 422, 106, 225, 400, 136]);
  });
});

describe('cutting', () => {
  it('gives back its input, within the sizes, however the input arrives', async () => {
    const pieces = fc.array(fc.uint8Array({maxLength: 3000}), {maxLength: 8});
    await fc.assert(
      fc.asyncProperty(pieces, async parts => {
        const whole = Buffer.concat(parts);
        const chunks = await cut(parts, small);
        expect(Buffer.concat(chunks).equals(whole)).toBe(true);
        expect(digests(chunks)).toEqual(digests(await cut([whole], small)));
        for (const [i, {length}] of chunks.entries()) {
          expect(length).toBeLessThanOrEqual(small.max);
          if (i < chunks.length - 1) expect(length).toBeGreaterThanOrEqual(small.min);
        }
      }),
    );
  });

  it('keeps nearly all chunks when a byte is put in front', async () => {
    const before = pseudoRandom(256 * 1024, 3);
    const after = Buffer.concat([Uint8Array.of(42), before]);
    const known = new Set(digests(await cut([before], small)));
    const now = digests(await cut([after], small));
    expect(now.length).toBeGreaterThan(400);
    expect(now.filter(digest => !known.has(digest)).length).toBeLessThanOrEqual(3);
  });

  it('cuts random data into about the average size', async () => {
    const {length} = await cut([pseudoRandom(1024 * 1024, 5)], small);
    const mean = (1024 * 1024) / length;
    expect(mean).toBeGreaterThan(small.average * 0.8);
    expect(mean).toBeLessThan(small.average * 1.6);
  });

  it('cuts bytes that never vary at the largest size', async () => {
    const lengths = (await cut([new Uint8Array(2500)], small)).map(chunk => chunk.length);
    expect(lengths).toEqual([1024, 1024, 452]);
  });

  it('leaves a file smaller than the least size whole, and an empty one without chunks', async () => {
    expect(await cut([new Uint8Array(chunkSizes.min)])).toHaveLength(1);
    expect(await cut([])).toEqual([]);
    expect(await cut([new Uint8Array()])).toEqual([]);
  });
});
