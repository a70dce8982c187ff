/**
 * Sound of a WAV file, its first channel.
 *
 * @param {Uint8Array} bytes
 * @returns {{rate: number, samples: Float32Array<ArrayBuffer>}} -1..1
 */
export function parseWav(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = chunk(view, 'fmt ');
  const data = chunk(view, 'data');
  const bits = format && view.getUint16(format.at + 14, true);
  if (!format || !data || view.getUint16(format.at, true) !== 1 || (bits !== 8 && bits !== 16))
    throw new Error('expected a WAV file of PCM with 8 or 16 bits');
  const step = view.getUint16(format.at + 12, true);
  const samples = new Float32Array(Math.floor(data.bytes / step));
  for (let i = 0; i < samples.length; i++) {
    const at = data.at + i * step;
    samples[i] = bits === 8 ? (view.getUint8(at) - 128) / 128 : view.getInt16(at, true) / 32_768;
  }
  return {rate: view.getUint32(format.at + 4, true), samples};
}

/** Where a RIFF chunk's content lies. @param {DataView} view @param {string} name */
function chunk(view, name) {
  for (let at = 12; at + 8 <= view.byteLength;) {
    const found = String.fromCharCode(...[0, 1, 2, 3].map(i => view.getUint8(at + i)));
    const bytes = Math.min(view.getUint32(at + 4, true), view.byteLength - at - 8);
    if (found === name) return {at: at + 8, bytes};
    at += 8 + bytes + (bytes % 2);
  }
  return undefined;
}
