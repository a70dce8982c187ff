import {SingleBar} from 'cli-progress';
import type {OnProgress} from '../progress.js';

/** Where commands print; `--json` turns lines for people into one document for programs. */
export interface Output {
  /** The result on stdout. @param next what to do now, for people */
  result(data: unknown, text: string, next: string): void;
  /** Draws bars on stderr, on a terminal only. */
  progress: OnProgress;
}

export function createOutput(json: boolean): Output {
  const bars = process.stderr.isTTY && !json ? drawBars() : undefined;
  return {
    progress: progress => bars?.draw(progress),
    result(data, text, next) {
      bars?.stop();
      if (json) console.log(JSON.stringify(data, null, 2));
      else console.log(`${text}\nNext: ${next}`);
    },
  };
}

function drawBars(): {draw: OnProgress; stop(): void} {
  const bar = new SingleBar({
    format: '{phase} {bar} {percentage} %',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let phase: string | undefined;
  // Also after an error: a bar that is not stopped leaves the terminal without its cursor.
  process.once('exit', () => bar.stop());
  return {
    draw(progress) {
      if (progress.phase !== phase) bar.start(progress.total, 0, {phase: (phase = progress.phase)});
      bar.update(progress.done);
    },
    stop: () => bar.stop(),
  };
}

/** 1536 as `1.5 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** 0.98765 as `98.77 %`. */
export function percentText(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
