/**
 * A grey picture in the PGM format (P5), such as `convert picture.png -colorspace gray picture.pgm` writes.
 *
 * @param {Uint8Array} bytes
 * @returns {{width: number, height: number, grey: Uint8Array}} 0 black to 255 white, row by row
 */
export function parsePgm(bytes) {
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(String.fromCharCode(...bytes.subarray(0, 64)));
  if (!head) throw new Error('expected a grey PGM picture (P5) of 8 bits');
  const [width, height] = [Number(head[1]), Number(head[2])];
  return {width, height, grey: bytes.subarray(head[0].length, head[0].length + width * height)};
}
