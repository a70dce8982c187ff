/** What Silero VAD v5 takes at a time at 16 kHz, in samples: 32 ms. */
export const frameSamples = 512;

/** Sound in frames: silence, then something like a vowel that comes and goes, the same at each call. */
export function voiceFrames(count: number): Float32Array<ArrayBuffer>[] {
  return Array.from({length: count}, (_, frame) =>
    Float32Array.from({length: frameSamples}, (_, i) => sample((frame * frameSamples + i) / 16_000)),
  );
}

function sample(seconds: number): number {
  const loud = Math.max(0, Math.sin(2 * Math.PI * 1.5 * seconds - 0.5));
  const tone = (hertz: number) => Math.sin(2 * Math.PI * hertz * seconds);
  return loud * (0.2 * tone(140) + 0.15 * tone(280) + 0.2 * tone(700) + 0.1 * tone(1220) + 0.05 * tone(2600));
}
