/** Protobuf: a field that holds bytes. */
function field(number: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return joined(Uint8Array.from([...varint(number * 8 + 2), ...varint(length)]), ...parts);
}

export function varint(value: number): number[] {
  return value > 127 ? [(value % 128) + 128, ...varint(Math.floor(value / 128))] : [value];
}

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const text = (value: string) => new TextEncoder().encode(value);
const number = (of: number, value: number) => Uint8Array.from([...varint(of * 8), ...varint(value)]);
const bytesOf = (values: Float32Array<ArrayBuffer>) => new Uint8Array(values.buffer);

/**
 * The bytes of an ONNX model whose size is its weights': `y = x W1 W2 …`, float32[batch, size] with matrices of size × size.
 */
export function weighty(matrices: readonly Float32Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const size = Math.sqrt(matrices[0]!.length);
  const name = (i: number) => (i < 0 ? 'x' : i === matrices.length - 1 ? 'y' : `h${i}`);
  const node = (i: number) =>
    field(1, field(1, text(name(i - 1))), field(1, text(`w${i}`)), field(2, text(name(i))), field(4, text('MatMul')));
  const tensor = (values: Float32Array<ArrayBuffer>, i: number) =>
    field(5, number(1, size), number(1, size), number(2, 1), field(8, text(`w${i}`)), field(9, bytesOf(values)));
  const shape = field(2, field(1, field(2, text('batch'))), field(1, number(1, size)));
  const value = (of: number, called: string) =>
    field(of, field(1, text(called)), field(2, field(1, number(1, 1), shape)));
  const [nodes, tensors] = [matrices.map((_, i) => node(i)), matrices.map(tensor)];
  const graph = field(7, ...nodes, field(2, text('g')), ...tensors, value(11, 'x'), value(12, 'y'));
  return joined(number(1, 8), graph, field(8, field(1), number(2, 13)));
}
