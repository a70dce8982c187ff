import {createHash} from 'node:crypto';

/** Two packers must cut alike, or nothing is shared: the seed may change only with a new scheme. */
export const gearSeed = 'kedge.gear/1';

/**
 * FastCDC's table of 256 random 32-bit numbers: entry `i` is the first four bytes, big-endian, of
 * SHA-256(`kedge.gear/1:<i>`).
 */
export function gearTable(seed: string = gearSeed): Uint32Array {
  return Uint32Array.from({length: 256}, (_, i) =>
    createHash('sha256').update(`${seed}:${i}`).digest().readUInt32BE(0),
  );
}
