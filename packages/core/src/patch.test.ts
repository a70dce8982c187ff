import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  applyPatch,
  copyOps,
  deltaOps,
  type ElementType,
  hex,
  isKedgeError,
  literalOps,
  maxPatchCount,
  planesOps,
} from './index.js';

const join = (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap(part => [...part]));
const reads = (base: Uint8Array) => async (offset: number, length: number) => base.subarray(offset, offset + length);

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Stops beyond `limit`, as a device does that knows its target's size. */
async function apply(base: Uint8Array, body: Uint8Array, {size = body.length || 1, limit = Infinity} = {}) {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of applyPatch(reads(base), inPieces(body, size))) {
    parts.push(part);
    if ((length += part.length) > limit) break;
  }
  return join(parts);
}

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const types: ElementType[] = [
  {width: 1, isFloat: false},
  {width: 2, isFloat: false},
  {width: 4, isFloat: false},
  {width: 2, isFloat: true},
  {width: 4, isFloat: true},
];

describe('frozen vectors', () => {
  const base = Uint8Array.of(9, 10, 20, 30, 40, 0, 0x80, 0xff, 0x7f);

  test.each<[string, Uint8Array[], string, string]>([
    ['copy', copyOps(1, 3), '000103', '0a141e'],
    ['literal', literalOps(Uint8Array.of(1, 2)), '01020102', '0102'],
    ['an offset of two digits', copyOps(300, 1), '00ac0201', ''],
    [
      'delta of bytes',
      deltaOps(types[0]!, 1, base.subarray(1, 4), Uint8Array.of(9, 22, 30)),
      '020101030104' + '00',
      '09161e',
    ],
    [
      'delta of 16 bits',
      deltaOps(types[1]!, 1, base.subarray(1, 5), Uint8Array.of(11, 20, 29, 40)),
      '02020102' + '0201' + '0000',
      '0b141d28',
    ],
    ['delta of -128', deltaOps(types[0]!, 5, base.subarray(5, 6), Uint8Array.of(128)), '02010501ff', '80'],
    [
      'float delta over zero: -0 to +0',
      deltaOps(types[3]!, 5, base.subarray(5, 7), Uint8Array.of(0, 0)),
      '0302050102' + '00',
      '0000',
    ],
    ['planes', planesOps(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 4), '0404020105020603070408', '0102030405060708'],
  ])('%s', async (_, ops, body, target) => {
    expect(hex(join(ops))).toBe(body);
    if (target) expect(hex(await apply(base, join(ops)))).toBe(target);
  });

  test('the order of floats is the order of their numbers', () => {
    const steps = [-Infinity, -1, -0, 0, 2 ** -149, 1, Infinity, NaN];
    const values = bytesOf(Float32Array.from(steps));
    const ops = steps.slice(1).map((_, i) => {
      const at = (i + 1) * 4;
      return join(deltaOps(types[4]!, 0, values.subarray(at - 4, at), values.subarray(at, at + 4))).subarray(4);
    });
    // Zigzag of a step upwards is even; one up is 2.
    expect(ops.every(planes => planes[0]! % 2 === 0)).toBe(true);
    expect([hex(ops[2]!), hex(ops[3]!)]).toEqual(['02000000', '02000000']);
  });
});

describe('what is encoded comes back', () => {
  const special = [NaN, -NaN, Infinity, -Infinity, 0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, 3.4e38, -3.4e38];
  const floats = fc
    .array(fc.oneof(fc.float(), fc.constantFrom(...special)), {maxLength: 40})
    .map(values => bytesOf(Float32Array.from(values)));
  const bytes = fc.oneof(floats, fc.uint8Array({maxLength: 160}));

  test.each(types)('any elements of $width bytes, float: $isFloat, in pieces of any size', async type => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        bytes,
        fc.integer({min: 0, max: 5}),
        fc.integer({min: 1, max: 9}),
        async (a, b, at, size) => {
          const length = Math.min(a.length, b.length) - (Math.min(a.length, b.length) % type.width);
          const [base, target] = [join([new Uint8Array(at), a]), b.slice(0, length)];
          const body = join(deltaOps(type, at, base.subarray(at, at + length), target));
          expect(await apply(base, body, {size})).toEqual(target);
        },
      ),
    );
  });

  test('ops of all kinds, one after another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({minLength: 8, maxLength: 64}),
        fc.uint8Array({maxLength: 64}),
        async (base, extra) => {
          const even = extra.subarray(0, extra.length - (extra.length % 4));
          const half = base.subarray(0, 4);
          const ops = [
            copyOps(2, 6),
            literalOps(extra),
            planesOps(even, 4),
            deltaOps(types[2]!, 0, half, base.slice(4, 8)),
          ];
          const expected = join([base.subarray(2, 8), extra, even, base.subarray(4, 8)]);
          expect(await apply(base, join(ops.flat()), {size: 3})).toEqual(expected);
        },
      ),
    );
  });

  test('more than one op can hold is split', async () => {
    const base = Uint8Array.from({length: maxPatchCount + 5}, (_, i) => i * 7);
    const target = base.map(value => value + 1);
    for (const ops of [copyOps(0, base.length), literalOps(base), deltaOps(types[0]!, 0, base, target)])
      expect(ops.length).toBeGreaterThan(1);
    const parts = [];
    async function* body() {
      yield* deltaOps(types[0]!, 0, base, target);
      yield* copyOps(0, base.length);
    }
    for await (const part of applyPatch(reads(base), body())) parts.push(part);
    expect(Buffer.concat(parts).equals(Buffer.concat([target, base]))).toBe(true);
  });

  test('a delta needs as many elements on both sides', () => {
    expect(() => deltaOps(types[1]!, 0, new Uint8Array(4), new Uint8Array(2))).toThrow(TypeError);
    expect(() => deltaOps(types[1]!, 0, new Uint8Array(3), new Uint8Array(3))).toThrow(TypeError);
  });
});

describe('what is no patch', () => {
  const base = Uint8Array.from({length: 64}, (_, i) => i);
  const big = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];

  test.each<[string, number[], RegExp]>([
    ['an unknown op', [5, 1, 0, 1, 0], /no op 5/],
    ['an unknown width', [2, 3, 0, 1, 0, 0, 0], /no op 2 of width 3/],
    ['a count of none', [0, 0, 0], /expected 1 to 1048576 elements, got 0/],
    ['a count too large', [1, 0x81, 0x80, 0x40], /got 1048577/],
    ['an integer beyond 2^53', [0, ...big, 1], /beyond 2\^53/],
    ['an integer without end', [0, ...new Array<number>(1000).fill(0x80)], /beyond 2\^53/],
    ['an op without its numbers', [0], /ends inside an integer/],
    ['a literal that ends early', [1, 4, 1, 2], /ends 2 bytes early/],
    ['planes that end early', [2, 4, 0, 2, 1, 2, 3], /ends 5 bytes early/],
    ['a copy beyond the base', [0, 60, 5], /needs 5 bytes of its base at 60, there are 4/],
    ['a delta beyond the base', [2, 1, 64, 1, 0], /needs 1 bytes of its base at 64, there are 0/],
  ])('%s is artifact_corrupt', async (_, body, message) => {
    const applied = apply(base, Uint8Array.from(body));
    await expect(applied).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringMatching(message) as string,
    });
  });

  test('random bytes end, within the limit or as artifact_corrupt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 200}), async body => {
        const ended = await apply(base, body, {limit: 1000}).catch((error: unknown) => error);
        expect(ended instanceof Uint8Array || (isKedgeError(ended) && ended.code === 'artifact_corrupt')).toBe(true);
      }),
      {numRuns: 500},
    );
  });

  test('a patch that is cut never makes the target; a damaged one ends, and its target’s digest judges', async () => {
    const target = base.map((value, i) => value ^ (i % 5));
    const ops = [deltaOps(types[4]!, 0, base, target), copyOps(3, 20), literalOps(base)];
    const [body, right] = [join(ops.flat()), join([target, base.subarray(3, 23), base])];
    expect(await apply(base, body)).toEqual(right);
    const damages = fc.tuple(fc.nat(body.length - 1), fc.integer({min: 1, max: 255}), fc.boolean());
    await fc.assert(
      fc.asyncProperty(damages, async ([at, mask, isCut]) => {
        const damaged = isCut ? body.subarray(0, at) : body.map((byte, i) => (i === at ? byte ^ mask : byte));
        const ended = await apply(base, damaged, {limit: 4 * right.length}).catch((error: unknown) => error);
        if (!(ended instanceof Uint8Array)) expect(ended).toMatchObject({code: 'artifact_corrupt'});
        // Damage may leave the result right: of positive floats both kinds of difference are the same.
        else if (isCut) expect(hex(ended)).not.toBe(hex(right));
        else expect(ended.length).toBeLessThanOrEqual(4 * right.length + maxPatchCount);
      }),
      {numRuns: 500, examples: [[[0, 1, false]]]},
    );
  });

  test('what the base or the body throws comes through, and the body is closed', async () => {
    const failing = () => Promise.reject(new Error('disk'));
    await expect(applyPatch(failing, inPieces(Uint8Array.of(0, 0, 1), 1)).next()).rejects.toThrow('disk');
    let closed = false;
    async function* body() {
      try {
        for (;;) yield Uint8Array.of(0, 0, 1);
      } finally {
        closed = true;
      }
    }
    for await (const part of applyPatch(reads(base), body())) {
      expect(part).toEqual(Uint8Array.of(0));
      break;
    }
    expect(closed).toBe(true);
  });
});
