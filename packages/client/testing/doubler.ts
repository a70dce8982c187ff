import {varint} from './weighty.js';

// y = x * 2, float32[batch, 1], opset 13, as onnx.helper serialises it; the factor's bytes are at `factorAt`.
const model = [
  8, 7, 58, 86, 10, 14, 10, 1, 120, 10, 1, 115, 18, 1, 121, 34, 3, 77, 117, 108, 18, 1, 103, 42, 13, 8, 1, 16, 1, 66, 1,
  115, 74, 4, 0, 0, 0, 64, 90, 24, 10, 1, 120, 18, 19, 10, 17, 8, 1, 18, 13, 10, 7, 18, 5, 98, 97, 116, 99, 104, 10, 2,
  8, 1, 98, 24, 10, 1, 121, 18, 19, 10, 17, 8, 1, 18, 13, 10, 7, 18, 5, 98, 97, 116, 99, 104, 10, 2, 8, 1, 66, 4, 10, 0,
  16, 13,
];
const factorAt = 34;

/** The bytes of a real ONNX model: `y = scale * x`. A note goes into its doc string. */
export function doubler(scale: number, note = ''): Uint8Array<ArrayBuffer> {
  const docString = note ? [0x32, ...varint(note.length), ...new TextEncoder().encode(note)] : [];
  const bytes = Uint8Array.from([...model, ...docString]);
  new DataView(bytes.buffer).setFloat32(factorAt, scale, true);
  return bytes;
}

/** `doubler` for rows of so many numbers. */
export function wideDoubler(scale: number, width: number): Uint8Array<ArrayBuffer> {
  const bytes = doubler(scale);
  // The one number beside `batch`, of x and of y.
  for (let i = 0; i + 3 < bytes.length; i++)
    if ([10, 2, 8, 1].every((byte, k) => bytes[i + k] === byte)) bytes[i + 3] = width;
  return bytes;
}

/** `doubler` with its factor, one float32, at byte 4 of a file of its own. */
function externalDoubler(location: string): Uint8Array<ArrayBuffer> {
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const field = (number: number, bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes];
  const entry = (key: string, value: string) => field(13, [...field(1, text(key)), ...field(2, text(value))]);
  const place = [...entry('location', location), ...entry('offset', '4'), ...entry('length', '4'), 14 * 8, 1];
  const factor = field(5, [8, 1, 16, 1, ...field(8, text('s')), ...place]);
  const graph = [...model.slice(4, 23), ...factor, ...model.slice(38, 90)];
  const length = [(graph.length & 127) | 128, graph.length >> 7];
  return Uint8Array.from([...model.slice(0, 3), ...length, ...graph, ...model.slice(90)]);
}

/** `y = scale * x` as a version's files: in one, or with its weights in another, as the model names it. */
export function scaledFiles(scale: number, location?: string): Map<string, Uint8Array> {
  if (location === undefined) return new Map([['model.onnx', doubler(scale)]]);
  return new Map<string, Uint8Array>([
    ['model.onnx', externalDoubler(location)],
    ['weights/s.bin', new Uint8Array(Float32Array.of(0, scale).buffer)],
  ]);
}
