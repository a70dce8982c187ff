/** A grey picture in the PGM format (P5): 0 black to 255 white, row by row. @throws Error for any other format */
export function parsePgm(bytes: Uint8Array): {width: number; height: number; grey: Uint8Array};
