import {existsSync, rmSync, statSync} from 'node:fs';
import {progressFile, standing} from './progress.mjs';
import {runTool} from './run.mjs';

/** No test or hook may take so long: their own limits are five minutes at most. */
const silentMs = 6 * 60_000;

/**
 * Runs a test runner, and once more when it stands: when no test begins or ends any more, though the runner's own limits
 * should have ended each. In a browser those limits are timers of a page, and a runner waits without one for a page that
 * was lost.
 *
 * @param {string} file path below node_modules
 * @param {readonly string[]} args with `progressReporter` among the reporters
 * @param {{notes: string, env?: Record<string, string>, output?: number | undefined, limitMs?: number}} options `notes`: a
 *   file to write progress to
 * @returns {Promise<{code: number, stood: string[]}>} `stood`: where it stood, for people; it failed when it did so twice
 */
export async function runWatched(file, args, {notes, env = {}, output, limitMs = silentMs}) {
  /** @type {string[]} */
  const stood = [];
  for (;;) {
    rmSync(notes, {force: true});
    const watch = watchFor(notes, limitMs);
    const code = await runTool(file, args, {env: {...env, [progressFile]: notes}, output, signal: watch.signal});
    watch.stop();
    if (!watch.signal.aborted) return {code, stood};
    stood.push(`no test began or ended for ${limitMs / 1000} s ${standing(notes)}`);
    console.log(`\nthis run stood: ${stood.at(-1)}; it was ended${stood.length < 2 ? ' and is run once more' : ''}`);
    if (stood.length > 1) return {code, stood};
  }
}

/** Aborts when nothing was written to the file for so long. @param {string} file @param {number} limitMs */
function watchFor(file, limitMs) {
  const stands = new AbortController();
  const began = Date.now();
  const look = () => {
    const last = existsSync(file) ? statSync(file).mtimeMs : began;
    if (Date.now() - last > limitMs) stands.abort();
  };
  const timer = setInterval(look, Math.min(limitMs / 4, 5000));
  return {signal: stands.signal, stop: () => clearInterval(timer)};
}
