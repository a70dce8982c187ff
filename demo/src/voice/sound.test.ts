import {describe, expect, it} from 'vitest';
import {parseWav} from '../../models/wav.mjs';
import {Framer} from './framer.js';
import {Resampler} from './resample.js';
import {Segments} from './segments.js';
import {wordsForHeard, wordsForSegment} from './words.js';

const tone = (rate: number, hertz: number, seconds: number) =>
  Float32Array.from({length: rate * seconds}, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

/** Root of the mean square, without the ends. */
const level = (samples: Float32Array) => {
  const middle = samples.subarray(500, -500);
  return Math.sqrt(middle.reduce((sum, value) => sum + value * value, 0) / middle.length);
};

function resample(samples: Float32Array, from: number, to: number, piece = samples.length): Float32Array {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  for (let at = 0; at < samples.length; at += piece) out.push(...resampler.push(samples.subarray(at, at + piece)));
  return Float32Array.from(out);
}

describe('resampling', () => {
  it.each([44_100, 48_000, 22_050, 8000])('keeps a voice from %i Hz, at its time', rate => {
    const made = resample(tone(rate, 440, 1), rate, 16_000);
    const wanted = tone(16_000, 440, 1);
    expect(made.length).toBeGreaterThan(15_900);
    for (let i = 500; i < made.length - 500; i++) expect(Math.abs(made[i]! - wanted[i]!)).toBeLessThan(0.01);
  });

  it('takes out what the lower rate can’t hold', () => {
    expect(level(resample(tone(48_000, 12_000, 1), 48_000, 16_000))).toBeLessThan(0.002);
  });

  it('has no seams: pieces give what the whole gives', () => {
    const sound = tone(44_100, 300, 0.5);
    expect(resample(sound, 44_100, 16_000, 441)).toEqual(resample(sound, 44_100, 16_000));
  });

  it('leaves sound at the right rate as it is', () => {
    const sound = tone(16_000, 300, 0.1);
    expect(resample(sound, 16_000, 16_000)).toEqual(sound);
  });
});

it('cuts frames of 512 new samples behind 64 old ones', () => {
  const framer = new Framer();
  const sound = Float32Array.from({length: 1100}, (_, i) => i + 1);
  expect(framer.push(sound.subarray(0, 500))).toEqual([]);
  const frames = framer.push(sound.subarray(500));
  expect(frames.map(frame => [frame.length, frame[0], frame[63], frame[64], frame[575]])).toEqual([
    [576, 0, 0, 1, 512],
    [576, 449, 512, 513, 1024],
  ]);
});

describe('stretches of speech', () => {
  const stretches = (...probabilities: number[]) => {
    const segments = new Segments(100);
    for (const probability of probabilities) segments.push(probability);
    return segments;
  };

  it('begin at one half, bridge short pauses, and end where the pause began', () => {
    expect(stretches(0.1, 0.6, 0.9, 0.2, 0.4, 0.8, 0.1, 0.1, 0.1, 0).list).toEqual([{startMs: 100, endMs: 600}]);
  });

  it('last until they have ended', () => {
    const segments = stretches(0.9, 0.9, 0.1);
    expect(segments.list).toEqual([{startMs: 0}]);
    segments.finish();
    expect(segments.list).toEqual([{startMs: 0, endMs: 200}]);
  });

  it('are longer than a click', () => {
    const segments = new Segments(32);
    for (const probability of [0.9, 0.9, ...new Array<number>(20).fill(0)]) segments.push(probability);
    expect(segments.list).toEqual([]);
  });

  it('are told in words', () => {
    const segments = [{startMs: 900, endMs: 2000}, {startMs: 3100}];
    expect(segments.map(wordsForSegment)).toEqual(['0.9 s to 2.0 s', '3.1 s until now']);
    const heard = {probabilities: [], dropped: 0};
    expect(wordsForHeard({...heard, segments}, 4000)).toBe('4.0 s heard: 2 stretches of speech, 2.0 s in all.');
    expect(wordsForHeard({...heard, segments: []}, 4000)).toBe('4.0 s heard, and nobody spoke.');
  });
});

describe('a WAV file', () => {
  const wav = (bits: number, data: number[], format = 1) => {
    const bytes = new Uint8Array(44 + data.length);
    const view = new DataView(bytes.buffer);
    const text = (at: number, letters: string) => [...letters].forEach((one, i) => (bytes[at + i] = one.charCodeAt(0)));
    text(0, 'RIFF');
    text(8, 'WAVEfmt ');
    view.setUint32(16, 16, true);
    view.setUint16(20, format, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, 16_000, true);
    view.setUint16(32, bits / 8, true);
    view.setUint16(34, bits, true);
    text(36, 'data');
    view.setUint32(40, data.length, true);
    bytes.set(data, 44);
    return bytes;
  };

  it('is read with 8 and with 16 bits', () => {
    expect(parseWav(wav(8, [0, 128, 192]))).toEqual({rate: 16_000, samples: Float32Array.of(-1, 0, 0.5)});
    expect(parseWav(wav(16, [0, 128, 0, 64]))).toEqual({rate: 16_000, samples: Float32Array.of(-1, 0.5)});
  });

  it.each([
    ['another format', wav(8, [1], 7)],
    ['24 bits', wav(24, [1, 2, 3])],
    ['no WAV at all', new Uint8Array(100)],
  ])('is refused with %s', (_, bytes) => {
    expect(() => parseWav(bytes)).toThrow(/expected a WAV file of PCM/);
  });
});
