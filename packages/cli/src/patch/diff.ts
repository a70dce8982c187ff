import {ByteIndex, type Range} from './byte-index.js';
import {matchBytes} from './match-bytes.js';
import {pairTensors, type Side, worthwhile} from './match-tensors.js';
import {OpStream} from './op-stream.js';
import {tensorOps} from './tensor-ops.js';

/**
 * The ops of a patch that makes `target` of `base`: tensors by their difference, everything else by equal bytes. Holds a
 * few MiB and an index of what of the base is no tensor, whatever the size of the files.
 */
export function* diff(base: Side, target: Side): Generator<Uint8Array> {
  const [from, to] = [large(base), large(target)];
  const out = new OpStream();
  const index = new ByteIndex(base.file, gaps(from));
  let at = 0;
  for (const pair of pairTensors(from, to)) {
    yield* matchBytes(base.file, index, target.file, {start: at, end: pair.target.offset}, out);
    yield* tensorOps(base.file, target.file, pair, out);
    at = pair.target.offset + pair.target.bytes;
  }
  yield* matchBytes(base.file, index, target.file, {start: at, end: target.file.size}, out);
  yield* out.flush();
}

const large = ({file, tensors}: Side): Side => ({file, tensors: worthwhile(tensors)});

function gaps({file, tensors}: Side): Range[] {
  const starts = [0, ...tensors.map(({offset, bytes}) => offset + bytes)];
  const ends = [...tensors.map(({offset}) => offset), file.size];
  return starts.map((start, i) => ({start, end: ends[i]!})).filter(({start, end}) => end > start);
}
