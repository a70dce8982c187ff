import {expect, test} from 'vitest';
import {answering, placeholder} from './answering.js';

type Instantiated = WebAssembly.WebAssemblyInstantiatedSource;
const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

function gate() {
  let open!: () => void;
  return {promise: new Promise<void>(resolve => (open = resolve)), resolve: () => open()};
}

test('of two that start at once each is answered, whoever ends first, and WebAssembly is left as it was', async () => {
  const {instantiate} = WebAssembly;
  const given = await WebAssembly.instantiate(empty);
  for (const first of [0, 1]) {
    const ends = [gate(), gate()];
    let answered = 0;
    const answer = async (): Promise<Instantiated> => {
      answered++;
      return given;
    };
    const both = ends.map(({promise}) =>
      answering(answer, async () => {
        await promise;
        return WebAssembly.instantiate(placeholder);
      }),
    );
    ends[first]!.resolve();
    await both[first];
    expect((await WebAssembly.instantiate(empty)).module).not.toBe(given.module);
    ends[1 - first]!.resolve();
    await both[1 - first];
    expect([answered, WebAssembly.instantiate === instantiate]).toEqual([2, true]);
  }
});

test('one that fails leaves WebAssembly as it was', async () => {
  const {instantiate} = WebAssembly;
  const failing = answering(
    () => Promise.reject(new Error('a')),
    () => WebAssembly.instantiate(placeholder),
  );
  await expect(failing).rejects.toThrow('a');
  expect(WebAssembly.instantiate).toBe(instantiate);
});
