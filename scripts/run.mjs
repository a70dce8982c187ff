import {spawn, spawnSync} from 'node:child_process';
import {constants, getPriority, setPriority} from 'node:os';
import {setTimeout as pause} from 'node:timers/promises';
import {root} from './paths.mjs';

/**
 * Runs a command with nothing on its stdin, and its output streamed to this terminal or to `output`, an open file: such a
 * one runs beside others, which go first.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: Record<string, string>, timeoutMs?: number, signal?: AbortSignal, output?: number | undefined}} [options]
 *   `signal` ends it and whatever it started
 * @returns {Promise<number>} its exit code; 127 when it could not be started, 124 when it took too long or was ended
 */
export function run(command, args, {cwd = root, env = {}, timeoutMs, signal, output} = {}) {
  const to = output ?? 'inherit';
  return new Promise(resolve => {
    const child = spawn(command, args, {cwd, env: {...process.env, ...env}, stdio: ['ignore', to, to]});
    if (output !== undefined && child.pid !== undefined) goBehind(child.pid);
    let late = false;
    const timer = timeoutMs && setTimeout(() => (late = child.kill('SIGKILL')), timeoutMs);
    /** @type {Promise<void> | undefined} */
    let ending;
    signal?.addEventListener('abort', () => (ending = endTree(child)), {once: true});
    child.on('error', () => resolve(127));
    child.on('close', code => {
      if (timer) clearTimeout(timer);
      if (ending) void ending.then(() => resolve(124));
      else resolve(late ? 124 : (code ?? 1));
    });
  });
}

/** What it starts goes behind with it. @param {number} pid */
function goBehind(pid) {
  try {
    setPriority(pid, Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
  } catch {
    // It has ended, or this user may not.
  }
}

/** A runner that hears SIGTERM ends its browser by itself; one that hears nothing leaves it behind. @param {import('node:child_process').ChildProcess} child */
async function endTree(child) {
  const all = treeOf(/** @type {number} */ (child.pid));
  child.kill('SIGTERM');
  await pause(3000);
  for (const pid of all) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It had ended.
    }
  }
}

/** @param {number} pid @returns {number[]} it and all that it started, as far as `ps` is here to tell */
function treeOf(pid) {
  const {stdout} = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], {encoding: 'utf8'});
  const pairs = (stdout ?? '').split('\n').map(line => line.trim().split(/\s+/).map(Number));
  /** @param {number} parent @returns {number[]} */
  const below = parent => pairs.flatMap(([own = 0, its]) => (its === parent ? [own, ...below(own)] : []));
  return [pid, ...below(pid)];
}

/**
 * A program of an installed package, by the node that runs this: works without a shell, npm or PATH.
 *
 * @param {string} file path below node_modules
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export const runTool = (file, args, options) =>
  run(process.execPath, [`${root}/node_modules/${file}`, ...args], options);

/** Whether a command is there and exits well within 20 seconds. @param {string} command @param {readonly string[]} args */
export function works(command, args) {
  return spawnSync(command, args, {stdio: 'ignore', timeout: 20_000}).status === 0;
}
