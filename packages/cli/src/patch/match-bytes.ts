import type {RandomFile} from '../model/random-file.js';
import type {ByteIndex, Range} from './byte-index.js';
import type {OpStream} from './op-stream.js';

const pieceBytes = 2 ** 20;

/** Bytes that no tensor claims: copied from wherever they lie in the base, literal where they lie nowhere. */
export function* matchBytes(
  base: RandomFile,
  index: ByteIndex,
  target: RandomFile,
  {start, end}: Range,
  out: OpStream,
): Generator<Uint8Array> {
  for (let at = start; at < end; at += pieceBytes)
    yield* matchPiece(base, index, target.read(at, Math.min(pieceBytes, end - at)), out);
}

function* matchPiece(base: RandomFile, index: ByteIndex, piece: Uint8Array, out: OpStream): Generator<Uint8Array> {
  const {blockBytes} = index;
  let [literalAt, at, hash] = [0, 0, undefined as number | undefined];
  while (at + blockBytes <= piece.length) {
    hash ??= index.hash(piece, at);
    const offset = index.find(hash);
    const found = offset === undefined ? undefined : extend(base, offset, piece, at, literalAt, blockBytes);
    if (!found) {
      hash = index.roll(hash, piece[at]!, piece[at + blockBytes] ?? 0);
      at++;
      continue;
    }
    yield* out.literal(piece.subarray(literalAt, found.at));
    yield* out.copy(found.offset, found.length);
    [literalAt, at, hash] = [found.at + found.length, found.at + found.length, undefined];
  }
  yield* out.literal(piece.subarray(literalAt));
}

/** The longest run of equal bytes around a block that may be equal; undefined when it is not. */
function extend(
  base: RandomFile,
  offset: number,
  piece: Uint8Array,
  at: number,
  earliest: number,
  blockBytes: number,
): {offset: number; at: number; length: number} | undefined {
  const length = equalAhead(base, offset, piece, at);
  if (length < blockBytes) return undefined;
  let back = 0;
  while (back < at - earliest && back < offset && base.byte(offset - back - 1) === piece[at - back - 1]) back++;
  return {offset: offset - back, at: at - back, length: length + back};
}

/** How many bytes are the same; looked up in growing steps, since most runs are short. */
function equalAhead(base: RandomFile, offset: number, piece: Uint8Array, at: number): number {
  let length = 0;
  for (let step = 512; ; step *= 2) {
    const ahead = base.read(offset + length, Math.min(step, piece.length - at - length));
    let same = 0;
    while (same < ahead.length && ahead[same] === piece[at + length + same]) same++;
    length += same;
    if (ahead.length === 0 || same < ahead.length) return length;
  }
}
