import {describe, expect, test, vi} from 'vitest';
import {digest, slice, manifest} from '../testing/manifest.js';
import {Manifest, parse, parseJson, readManifest} from './index.js';
import {readBySchema} from './json-schema.js';
import {manifestRules} from './manifest-rules.js';
import {manifestSchema} from './schemas.js';

type Whole = ReturnType<typeof manifest>;
const read = (value: unknown) => parse(Manifest, value, 'manifest_invalid', 'manifest m');

test('a whole manifest is taken as it is', () => {
  expect(read(manifest())).toEqual(manifest());
});

const artifact = (change: object) => (m: Whole) => ({
  ...m,
  artifacts: [{...m.artifacts[0]!, ...change}, m.artifacts[1]!],
});
const input = (change: object) => (m: Whole) => ({...m, inputs: [{...m.inputs[0]!, ...change}]});
const golden = (change: object) => (m: Whole) => ({
  ...m,
  golden: [{...m.golden[0]!, inputs: {image: {...slice, ...change}}}],
});
const example = (change: object) => (m: Whole) => ({...m, golden: [m.golden[0]!, {...m.golden[0]!, ...change}]});
const secondOutput = (m: Whole) => ({...m, outputs: [...m.outputs, {...m.outputs[0]!, name: 'box'}]});
const chunk = (letter: string, bytes = 10) => ({sha256: digest(letter), bytes});
/** So often 16 MiB of the same. */
const most = (count: number) => ({
  bytes: count * 2 ** 24,
  chunks: new Array(count).fill(chunk('b', 2 ** 24)) as object[],
});
const patch = (change: object) => (m: Whole) => ({...m, patches: [{...m.patches[0]!, ...change}]});
const runtimeFile = (change: object) => (m: Whole) => ({
  ...m,
  runtime: {...m.runtime, files: [{...m.runtime.files[0]!, ...change}]},
});
const histogram = (value: object) => (m: Whole) => ({...m, reference: {inputs: {mean: value}, outputs: {}}});

test.each<[string, (whole: Whole) => object, RegExp]>([
  [
    'another schema',
    m => ({...m, schema: 'kedge.manifest/2'}),
    /schema: expected "kedge.manifest\/1", got 'kedge.manifest\/2'/,
  ],
  ['no version', ({version: _, ...m}) => m, /version: expected string, got undefined/],
  ['a version that is none', m => ({...m, version: '1.0'}), /version: expected a semantic version.*got '1.0'/],
  ['a name with a slash', m => ({...m, model: '../digits'}), /model: expected lower-case/],
  ['an unknown dtype', input({dtype: 'float8'}), /inputs\.0\.dtype: expected "float32" or .*got 'float8'/],
  ['a dtype that every object has', input({dtype: 'constructor'}), /inputs\.0\.dtype/],
  ['a dimension of 0', input({shape: [0]}), /inputs\.0\.shape\.0/],
  ['a range upside down', input({range: [1, 0]}), /inputs\.0\.range: expected the lower bound first/],
  ['a nameless input', input({name: ''}), /inputs\.0\.name/],
  ['no inputs', m => ({...m, inputs: []}), /inputs: expected at least 1/],
  [
    'two inputs of one name',
    m => ({...m, inputs: [m.inputs[0], m.inputs[0]]}),
    /inputs: two inputs have the same name/,
  ],
  ['an unknown format', m => ({...m, format: 'gguf'}), /format: expected "onnx"/],
  ['an entry that is not there', m => ({...m, entry: 'other.onnx'}), /entry: entry is not among the artifacts/],
  [
    'two artifacts of one path',
    m => ({...m, artifacts: [m.artifacts[0], m.artifacts[0]], golden: []}),
    /artifacts: two/,
  ],
  ['a digest in capitals', artifact({sha256: digest('A')}), /artifacts\.0\.sha256: expected a SHA-256/],
  ['a short digest', artifact({sha256: 'ab'}), /artifacts\.0\.sha256/],
  ['chunks that do not sum', artifact({bytes: 31}), /artifacts\.0\.chunks: chunks do not add up to bytes/],
  ['a negative size', artifact({bytes: -30}), /artifacts\.0\.bytes: expected at least 0, got -30/],
  ['a fractional size', artifact({bytes: 30.5}), /artifacts\.0\.bytes: expected int/],
  ['a size past 2^53', artifact({bytes: 2 ** 60}), /artifacts\.0\.bytes/],
  [
    'an empty chunk',
    artifact({chunks: [{sha256: digest('b'), bytes: 0}]}),
    /artifacts\.0\.chunks\.0\.bytes: expected more than 0/,
  ],
  [
    'one digest with two sizes',
    artifact({chunks: [10, 20].map(bytes => ({sha256: digest('b'), bytes}))}),
    /two blobs or chunks have the same sha256/,
  ],
  [
    'a chunk that a device would have to hold whole',
    artifact({bytes: 2 ** 25, chunks: [chunk('b', 2 ** 25)]}),
    /at most 16777216/,
  ],
  ['a chunk past 2^53', artifact({chunks: [chunk('b', 2 ** 60)]}), /artifacts\.0\.chunks\.0\.bytes/],
  ['a negative chunk', artifact({chunks: [chunk('b', 40), chunk('c', -10)]}), /artifacts\.0\.chunks\.1\.bytes/],
  ['a gap before the end', artifact({chunks: [chunk('b', 29)]}), /chunks do not add up to bytes/],
  ['an overlap', artifact({chunks: [chunk('b', 20), chunk('c', 20)]}), /chunks do not add up to bytes/],
  ['bytes without chunks', artifact({chunks: []}), /chunks do not add up to bytes/],
  ['a variant with a slash', m => ({...m, variant: '../int8'}), /variant: expected lower-case/],
  ['an empty variant', m => ({...m, variant: ''}), /variant: expected lower-case/],
  ['a patch of no artifact', patch({artifact: 'other.onnx'}), /patches: a patch makes an artifact/],
  ['a patch of a prototype’s name', patch({artifact: 'constructor'}), /patches: a patch makes an artifact/],
  ['a patch whose chunks do not sum', patch({bytes: 6}), /patches: .*its chunks are not its bytes/],
  ['a patch of two sizes under one digest', patch({bytes: 6, chunks: [chunk('f', 5), chunk('f', 1)]}), /two blobs or/],
  ['an empty patch', patch({bytes: 0, chunks: []}), /patches\.0\.bytes/],
  ['a patch without chunks', patch({chunks: []}), /patches\.0\.chunks/],
  ['a patch of a base that is no digest', patch({base: '../../secret'}), /patches\.0\.base/],
  ['a patch with a chunk too large', patch({bytes: 2 ** 25, chunks: [chunk('f', 2 ** 25)]}), /patches\.0\.chunks\.0/],
  [
    'more patches than there can be artifacts',
    m => ({...m, patches: new Array(1025).fill(m.patches[0])}),
    /patches: expected at most 1024/,
  ],
  ['a runtime file outside', runtimeFile({path: '../ort.wasm'}), /runtime\.files\.0\.path/],
  ['a runtime file whose chunks do not sum', runtimeFile({bytes: 8}), /runtime\.files\.0\.chunks: chunks do not add/],
  [
    'two runtime files of one path',
    m => ({...m, runtime: {...m.runtime, files: [m.runtime.files[0], m.runtime.files[0]]}}),
    /runtime\.files: two runtime files/,
  ],
  [
    'more runtime files than a runtime has',
    m => ({...m, runtime: {...m.runtime, files: new Array(17).fill(m.runtime.files[0])}}),
    /runtime\.files: expected at most 16/,
  ],
  [
    'one digest with two sizes in two artifacts',
    m => ({
      ...m,
      artifacts: [...m.artifacts, {path: 'extra.bin', sha256: digest('7'), bytes: 11, chunks: [chunk('b', 11)]}],
    }),
    /two blobs or chunks have the same sha256 but not the same bytes/,
  ],
  ['one digest with two sizes in an artifact and a patch', patch({chunks: [chunk('b', 5)]}), /two blobs or/],
  ['the same in an artifact and a runtime file', runtimeFile({chunks: [chunk('b', 7)]}), /two blobs or/],
  ['the same in a blob and a chunk of another', runtimeFile({sha256: digest('b')}), /two blobs or/],
  [
    'one blob with two sizes',
    m => ({
      ...m,
      artifacts: [...m.artifacts, {path: 'more.onnx', sha256: digest('a'), bytes: 10, chunks: [chunk('b')]}],
    }),
    /two blobs or chunks/,
  ],
  ['an artifact that ArrayBuffers end before', artifact(most(257)), /at most 4294967296 bytes .*end at 4 GiB/],
  [
    'artifacts that are too much together',
    m =>
      artifact(most(128))({
        ...m,
        artifacts: [m.artifacts[0]!, {...m.artifacts[1]!, ...most(129)}],
        golden: [],
      } as never),
    /artifacts: expected at most 4294967296 bytes/,
  ],
  ['a patch that is more', patch(most(257)), /at most 4294967296 bytes/],
  ['a runtime file that is more', runtimeFile(most(257)), /at most 4294967296 bytes/],
  [
    'a path that is a file and a folder',
    m => ({...m, artifacts: [...m.artifacts, {...m.artifacts[1]!, path: 'model.onnx/weights.bin'}]}),
    /artifacts: .*one is the folder of another/,
  ],
  ['a golden tensor past the end', golden({offset: 9}), /golden: a golden tensor lies outside the artifacts/],
  ['a golden tensor of no artifact', golden({artifact: 'toString'}), /golden: a golden tensor lies outside/],
  ['a golden tensor of another size', golden({shape: [1, 3]}), /golden\.0\.inputs\.image\.bytes: bytes are not what/],
  ['a negative offset', golden({offset: -1}), /golden\.0\.inputs\.image\.offset: expected at least 0/],
  [
    'a golden example without outputs',
    example({outputs: {}}),
    /golden: a golden example leaves out an input or an out/,
  ],
  ['a golden example of another output', example({outputs: {toString: slice}}), /golden: a golden example leaves out/],
  ['a golden example of one output of two', secondOutput, /golden: a golden example leaves out an input or an output/],
  ['a golden example without inputs', example({inputs: {}}), /golden: a golden example leaves out an input or an out/],
  ['a histogram with a count too many', histogram({edges: [0, 1], counts: [1, 2]}), /reference\.inputs\.mean\.counts/],
  [
    'a histogram out of order',
    histogram({edges: [1, 0], counts: [1]}),
    /reference\.inputs\.mean\.edges: expected ascending/,
  ],
])('%s is refused, and the message names the field', (_, change, message) => {
  expect(() => read(change(manifest()))).toThrow(message);
  expect(() => read(change(manifest()))).toThrow(expect.objectContaining({code: 'manifest_invalid'}));
});

describe('artifact paths', () => {
  const withPath = (path: string) => () => read({...artifact({path})(manifest()), entry: path, patches: []});

  test.each(['model.onnx', 'a/b/c.bin', 'group1-shard1of1.bin', '_a', 'a..b'])('%s is taken', path => {
    expect(withPath(path)).not.toThrow();
  });

  test.each([
    '',
    '/etc/passwd',
    '../up',
    'a/../b',
    './a',
    'a/./b',
    '.hidden',
    'a/.git',
    'a//b',
    'a/',
    'a\\b',
    'c:x',
    'a b',
    'a\n',
    '%2e%2e/a',
    'é',
    'x'.repeat(257),
  ])('%j is refused', path => expect(withPath(path)).toThrow(/artifacts\.0\.path/));

  test('a long hostile path is refused in linear time', () => {
    const started = performance.now();
    expect(withPath(`${'a/'.repeat(100_000)}!`)).toThrow(/artifacts\.0\.path/);
    expect(withPath(`${'a-.'.repeat(100_000)}!`)).toThrow(/artifacts\.0\.path/);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

/** A list that tells when an element of it is looked at. */
function watched<T>(list: T[], onLook: () => void): T[] {
  return new Proxy(list, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) onLook();
      return Reflect.get(target, key) as unknown;
    },
  });
}

test.each([
  ['an artifact', artifact],
  ['a patch', patch],
  ['a runtime file', runtimeFile],
])(
  'a million chunks of %s are refused, by a device without looking at each',
  (_, change) => {
    const chunks = new Array(1_000_000).fill(chunk('b', 1)) as object[];
    const whole = change({chunks, bytes: 1_000_000})(manifest());
    expect(() => read(whole)).toThrow(/chunks: expected at most 65536 chunks/);
    const text = JSON.stringify(whole);
    expect(() => readManifest(text, 'manifest m')).toThrow(/chunks.*65536/);
    const onLook = vi.fn();
    const unread = change({chunks: watched(chunks, onLook), bytes: 1_000_000})(manifest());
    expect(readBySchema(unread, manifestSchema, manifestRules)).toMatchObject({
      problem: expect.stringMatching(/chunks: expected at most 65536/) as string,
    });
    expect(onLook).not.toHaveBeenCalled();
  },
  30_000,
);

test('chunks are counted over all artifacts, patches and runtime files', () => {
  const many = Array.from({length: 40_000}, () => chunk('b', 1));
  const m = artifact({chunks: many, bytes: many.length})(manifest());
  const half = {...manifest().runtime.files[0]!, chunks: many, bytes: many.length};
  for (const whole of [
    {...m, artifacts: [...m.artifacts, {...half, path: 'more.bin'}]},
    {...m, patches: [{...manifest().patches[0]!, chunks: many, bytes: many.length}]},
    {...m, runtime: {...m.runtime, files: [half]}},
  ])
    for (const reading of [() => read(whole), () => readManifest(JSON.stringify(whole), 'manifest m')])
      expect(reading).toThrow(/at most 65536 chunks in artifacts, patches and runtime files together/);
  expect(read(m).artifacts[0]!.chunks).toHaveLength(40_000);
}, 30_000);

test('patches, variant and runtime files are no must', () => {
  const {patches: _, variant: __, ...plain} = manifest();
  const {files: ___, ...runtime} = plain.runtime;
  expect(read({...plain, runtime})).toEqual({...plain, runtime});
});

test('repeated content is no mistake', () => {
  const same = {sha256: digest('b'), bytes: 15};
  expect(read(artifact({chunks: [same, same]})(manifest())).artifacts[0]!.chunks).toEqual([same, same]);
});

test('4 GiB are no mistake, nor paths that differ in case only', () => {
  const [model, golden] = artifact(most(255))(manifest()).artifacts;
  const whole = {...manifest(), artifacts: [model!, golden!, {...golden!, path: 'Golden.bin'}]};
  expect(read(whole).artifacts).toHaveLength(3);
});

test('a __proto__ key reaches no prototype', () => {
  const text = JSON.stringify(manifest()).replace('"golden":', '"__proto__":{"polluted":1},"golden":');
  const parsed = parseJson(Manifest, text, 'manifest_invalid', 'manifest');
  expect('polluted' in parsed).toBe(false);
  expect('polluted' in {}).toBe(false);
});

test.each(['', '<!doctype html>', '{"schema":', 'null', '[]', '"text"', '7'])('%j is not a manifest', text => {
  expect(() => parseJson(Manifest, text, 'manifest_invalid', 'manifest m')).toThrow(
    expect.objectContaining({code: 'manifest_invalid', message: expect.stringContaining('manifest m') as string}),
  );
});
