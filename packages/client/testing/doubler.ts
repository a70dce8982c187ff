// y = x * 2, float32[batch, 1], opset 13, as onnx.helper serialises it; the factor's bytes are at `factorAt`.
const model = [
  8, 7, 58, 86, 10, 14, 10, 1, 120, 10, 1, 115, 18, 1, 121, 34, 3, 77, 117, 108, 18, 1, 103, 42, 13, 8, 1, 16, 1, 66, 1,
  115, 74, 4, 0, 0, 0, 64, 90, 24, 10, 1, 120, 18, 19, 10, 17, 8, 1, 18, 13, 10, 7, 18, 5, 98, 97, 116, 99, 104, 10, 2,
  8, 1, 98, 24, 10, 1, 121, 18, 19, 10, 17, 8, 1, 18, 13, 10, 7, 18, 5, 98, 97, 116, 99, 104, 10, 2, 8, 1, 66, 4, 10, 0,
  16, 13,
];
const factorAt = 34;

/** The bytes of a real ONNX model: `y = scale * x`. A note (up to 127 characters) goes into its doc string. */
export function doubler(scale: number, note = ''): Uint8Array<ArrayBuffer> {
  const docString = note ? [0x32, note.length, ...new TextEncoder().encode(note)] : [];
  const bytes = Uint8Array.from([...model, ...docString]);
  new DataView(bytes.buffer).setFloat32(factorAt, scale, true);
  return bytes;
}
