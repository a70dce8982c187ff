import type {Progress} from '../api.js';

/** Speed is that of the last so many milliseconds. */
const windowMs = 5000;
/** Less is no evidence of a speed. */
const evidenceMs = 500;
const tellEveryMs = 100;

/** What a download tells of itself: at most ten times a second, and always where it ended. */
export class Meter {
  readonly #tell: (progress: Progress) => void;
  #state: 'downloading' | 'patching' = 'downloading';
  #totalBytes = 0;
  #reusedBytes = 0;
  #verifiedBytes = 0;
  /** When how much was verified, the oldest first; starts anew after a pause. */
  #seen: {atMs: number; bytes: number}[] = [];
  #toldAtMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = 0;
  #waiting = 0;
  #wait: Progress | undefined;

  constructor(tell: (progress: Progress) => void) {
    this.#tell = tell;
  }

  /** @param reusedBytes of the version that need no download */
  begin(state: 'downloading' | 'patching', totalBytes: number, reusedBytes = 0): void {
    this.#state = state;
    this.#totalBytes = totalBytes;
    this.#reusedBytes = reusedBytes;
    this.#verifiedBytes = 0;
    this.#restart();
    // Of a download after what is done at once: its first request goes out before.
    if (state === 'patching') this.#now();
    else this.#timer ??= setTimeout(() => this.#now());
  }

  verified(bytes: number): void {
    this.#verifiedBytes += bytes;
    const atMs = performance.now();
    this.#seen.push({atMs, bytes: this.#verifiedBytes});
    // One older than the window stays, as its beginning.
    while (this.#seen.length > 2 && this.#seen[1]!.atMs < atMs - windowMs) this.#seen.shift();
    this.#soon();
  }

  /** A lane works on a run. */
  enter(): void {
    this.#busy++;
  }

  leave(): void {
    this.#busy--;
    this.#tellWait();
  }

  /** Told when no lane is left that brings anything. */
  wait(reason: 'offline' | 'retry', retryInMs: number | null): void {
    this.#waiting++;
    this.#wait = {state: 'waiting', reason, retryInMs};
    this.#tellWait();
  }

  go(): void {
    // A pause says nothing of the speed.
    if (this.#waiting-- >= this.#busy) this.#restart();
    this.#soon();
  }

  /** Tells what was not told yet. */
  end(): void {
    if (this.#timer !== undefined) this.#now();
  }

  #tellWait(): void {
    if (this.#waiting === 0 || this.#waiting < this.#busy) return;
    this.#cancel();
    this.#tell(this.#wait!);
  }

  #restart(): void {
    this.#seen = [{atMs: performance.now(), bytes: this.#verifiedBytes}];
  }

  #soon(): void {
    const inMs = this.#toldAtMs + tellEveryMs - performance.now();
    if (inMs <= 0) this.#now();
    else this.#timer ??= setTimeout(() => this.#now(), inMs);
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #now(): void {
    this.#cancel();
    this.#toldAtMs = performance.now();
    const loadedBytes = this.#reusedBytes + this.#verifiedBytes;
    if (this.#state === 'patching') return this.#tell({state: 'patching', loadedBytes, totalBytes: this.#totalBytes});
    const bytesPerSecond = this.#speed();
    this.#tell({
      state: 'downloading',
      loadedBytes,
      totalBytes: this.#totalBytes,
      reusedBytes: this.#reusedBytes,
      bytesPerSecond,
      remainingMs: bytesPerSecond && ((this.#totalBytes - loadedBytes) / bytesPerSecond) * 1000,
    });
  }

  /** Null until there is evidence. */
  #speed(): number | null {
    const first = this.#seen[0]!;
    const overMs = performance.now() - first.atMs;
    const bytes = this.#verifiedBytes - first.bytes;
    return overMs >= evidenceMs && bytes > 0 ? (bytes / overMs) * 1000 : null;
  }
}
