import {InputError} from '../problems.js';
import tapUrl from './tap.worklet.ts?worker&url';

const startMs = 5000;

/** An open microphone. */
export interface Microphone {
  /** Of its sound, samples a second. */
  rate: number;
  /** @param onLost told when it was unplugged, or taken away in the browser's own settings */
  listen(onSound: (samples: Float32Array) => void, onLost: (error: InputError) => void): void;
  /** Releases it: the browser's sign goes out. Safe to call twice. */
  close(): void;
}

/**
 * Asks for the microphone.
 *
 * @param signal releases it, also while it is being opened
 * @throws InputError saying why there is none; the signal's reason
 */
export async function openMicrophone(signal: AbortSignal): Promise<Microphone> {
  const stream = await granted(askFor(), signal);
  const context = new AudioContext();
  // Told by `context.state` only some time later, and closing twice is an error.
  let closed = false;
  const close = () => {
    release(stream);
    if (!closed) void context.close();
    closed = true;
  };
  try {
    signal.throwIfAborted();
    signal.addEventListener('abort', close, {once: true});
    const tap = await openTap(context, stream);
    signal.throwIfAborted();
    return {rate: context.sampleRate, listen: (...tell) => listen(tap, stream, ...tell), close};
  } catch (error) {
    close();
    throw error;
  }
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The person may leave the browser's question open: nothing waits for them then, and what they allow later is released at once. */
function granted(asking: Promise<MediaStream>, signal: AbortSignal): Promise<MediaStream> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(signal.reason as Error);
      asking.then(release, () => {});
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, {once: true});
    asking.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}

async function openTap(context: AudioContext, stream: MediaStream): Promise<AudioWorkletNode> {
  await context.audioWorklet.addModule(tapUrl);
  const tap = new AudioWorkletNode(context, 'tap', {numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit'});
  context.createMediaStreamSource(stream).connect(tap);
  await started(context);
  return tap;
}

/** Some browsers never start the clock of sound where there is nothing to play it on. */
function started(context: AudioContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = new InputError(
      'The sound of this device could not be started.',
      'Connect something that plays sound, or use the clip.',
      `the audio context is ${context.state} after ${startMs} ms`,
    );
    const timer = setTimeout(() => reject(late), startMs);
    context
      .resume()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function listen(
  tap: AudioWorkletNode,
  stream: MediaStream,
  onSound: (samples: Float32Array) => void,
  onLost: (error: InputError) => void,
): void {
  tap.port.onmessage = ({data}: MessageEvent<Float32Array>) => onSound(data);
  const lost = () =>
    onLost(new InputError('The microphone is gone.', 'Plug it in, or allow it again.', 'the track has ended'));
  stream.getAudioTracks()[0]?.addEventListener('ended', lost);
}

const why: Record<string, readonly [what: string, remedy: string]> = {
  NotAllowedError: ['This page may not use the microphone.', 'Allow it in the browser’s address bar, or use the clip.'],
  NotFoundError: ['This device has no microphone.', 'Plug one in, or use the clip.'],
  NotReadableError: ['The microphone is in use by something else.', 'Close what uses it, or use the clip.'],
};

async function askFor(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1}});
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    const [what, remedy] = why[name] ?? ['The microphone could not be opened.', 'Use the clip instead.'];
    throw new InputError(what, remedy, cause);
  }
}
