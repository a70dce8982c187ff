import {expect, test} from 'vitest';
import {withBodies} from './wasm.js';

/** Exports a(): i32 and b(): i32, which give `first` and `second` (below 64), and has a custom section before its code and one after. */
const module = (first: number, second: number) =>
  Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 5, 1, 0x60, 0, 1, 0x7f],
    ...[3, 3, 2, 0, 0],
    ...[7, 9, 2, 1, 0x61, 0, 0, 1, 0x62, 0, 1],
    ...[0, 3, 1, 0x78, 9],
    ...[10, 11, 2, 4, 0, 0x41, first, 0x0b, 4, 0, 0x41, second, 0x0b],
    ...[0, 3, 1, 0x79, 8],
  );

interface Instance {
  exports: Record<string, () => number>;
}
/** Node has it, and core is compiled without its types. */
const {WebAssembly} = globalThis as unknown as {
  WebAssembly: {Module: new (bytes: Uint8Array) => unknown; Instance: new (module: unknown) => Instance};
};
const exportsOf = (bytes: Uint8Array) => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;

test('a module keeps every byte where no body changes', () => {
  const seen: [number, number[]][] = [];
  const same = withBodies(module(1, 2), (body, i) => {
    seen.push([i, [...body]]);
    return [body];
  });
  expect(same).toEqual(module(1, 2));
  expect(seen).toEqual([
    [0, [0, 0x41, 1, 0x0b]],
    [1, [0, 0x41, 2, 0x0b]],
  ]);
});

test('a body takes the place of another, whatever its length', () => {
  const long = Uint8Array.of(0, ...Array.from({length: 300}, () => 0x01), 0x41, 7, 0x0b);
  const changed = withBodies(module(1, 2), (body, i) => (i === 1 ? [long.subarray(0, 9), long.subarray(9)] : [body]));
  expect(changed.length).toBe(module(1, 2).length - 4 + long.length + 2);
  const {a, b} = exportsOf(changed);
  expect([a!(), b!()]).toEqual([1, 7]);
});

test('a body that is a trap stops its caller and no other', () => {
  const {a, b} = exportsOf(withBodies(module(1, 2), (body, i) => [i === 0 ? Uint8Array.of(0, 0, 0x0b) : body]));
  expect(() => a!()).toThrow(/unreachable/);
  expect(b!()).toBe(2);
});

test.each([0, 3, 8, 20, 40, 48])('a module that ends after %i bytes ends there, too', length => {
  const cut = module(1, 2).subarray(0, length);
  expect(withBodies(cut, body => [body]).length).toBeLessThanOrEqual(module(1, 2).length);
});
