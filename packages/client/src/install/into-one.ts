import {asTheyCome, type Body, type Read} from './fetch.js';

/** More at once would be more to hold. */
const pieceBytes = 2 ** 17;

/** Reads all pieces into one buffer, where the browser can: each must be done with before the next is asked for. */
export function intoOne(body: Body): Read {
  try {
    return reading(body.getReader({mode: 'byob'}));
  } catch {
    // A browser whose answers can't be read into a buffer of ours.
    return asTheyCome(body);
  }
}

function reading(reader: ReadableStreamBYOBReader): Read {
  let buffer = new ArrayBuffer(pieceBytes);
  return async () => {
    const {done, value} = await reader.read(new Uint8Array(buffer));
    // It has moved with the bytes.
    if (value) ({buffer} = value);
    return {done, value};
  };
}
