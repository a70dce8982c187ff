import fc from 'fast-check';
import {expect, test, vi} from 'vitest';
import {canonicalJson} from './index.js';

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

test('RFC 8785 §3.2.2: the example of numbers, strings and literals', () => {
  const input = String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`;
  expect(canonicalJson(JSON.parse(input))).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test('RFC 8785 §3.2.3: keys are sorted by UTF-16 code units', () => {
  const keys = ['€', '\r', '\ufb33', '1', '😀', '\u0080', 'ö'];
  const sorted = Object.keys(JSON.parse(canonicalJson(Object.fromEntries(keys.map(key => [`x${key}`, 1])))) as object);
  expect(sorted).toEqual(['\r', '1', '\u0080', 'ö', '€', '😀', '\ufb33'].map(key => `x${key}`));
});

test.each([
  [0x8000000000000000n, '0'],
  [0x0000000000000001n, '5e-324'],
  [0x7fefffffffffffffn, '1.7976931348623157e+308'],
  [0x4340000000000000n, '9007199254740992'],
  [0x444b1ae4d6e2ef4fn, '999999999999999900000'],
  [0x444b1ae4d6e2ef50n, '1e+21'],
  [0x3eb0c6f7a0b5ed8dn, '0.000001'],
])('RFC 8785 appendix B: the number with bits %s is %s', (bits, text) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  expect(canonicalJson(view.getFloat64(0))).toBe(text);
});

test('the same value gives the same text, whatever the order it was built in', () => {
  fc.assert(
    fc.property(fc.jsonValue({stringUnit: 'grapheme'}), value => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(text);
    }),
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

test('an undefined property is left out, a __proto__ one is not', () => {
  expect(canonicalJson({b: undefined, a: 1})).toBe('{"a":1}');
  expect(canonicalJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
});

test.each<[string, unknown]>([
  ['NaN', Number.NaN],
  ['infinity', -Infinity],
  ['undefined', undefined],
  ['undefined in a list', [undefined]],
  ['a hole', new Array<number>(1)],
  ['a function', () => 1],
  ['a bigint', 1n],
  ['a lone surrogate', {a: '\ud800'}],
  ['a lone surrogate as a key', {'\udc00': 1}],
  ['a Map', new Map()],
  ['a Date', new Date(0)],
])('refuses %s', (_, value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});
