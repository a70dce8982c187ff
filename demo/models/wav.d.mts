/** Sound of a WAV file, -1..1, its first channel. @throws Error for anything but PCM of 8 or 16 bits */
export function parseWav(bytes: Uint8Array): {rate: number; samples: Float32Array<ArrayBuffer>};
