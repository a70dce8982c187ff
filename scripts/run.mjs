import {spawn, spawnSync} from 'node:child_process';
import {root} from './paths.mjs';

/**
 * Runs a command with nothing on its stdin, and its output streamed to this terminal or to `output`, an open file.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: Record<string, string>, timeoutMs?: number, output?: number | undefined}} [options]
 * @returns {Promise<number>} its exit code; 127 when it could not be started, 124 when it took too long
 */
export function run(command, args, {cwd = root, env = {}, timeoutMs, output} = {}) {
  const to = output ?? 'inherit';
  return new Promise(resolve => {
    const child = spawn(command, args, {cwd, env: {...process.env, ...env}, stdio: ['ignore', to, to]});
    let late = false;
    const timer = timeoutMs && setTimeout(() => (late = child.kill('SIGKILL')), timeoutMs);
    child.on('error', () => resolve(127));
    child.on('close', code => {
      if (timer) clearTimeout(timer);
      resolve(late ? 124 : (code ?? 1));
    });
  });
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
