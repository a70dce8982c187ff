import {readdirSync, readFileSync} from 'node:fs';

/** @typedef {{pid: number, parent: number, command: string}} Process */

/** Every process of this machine that still runs; Linux only. @returns {Process[]} */
function processes() {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name in brackets may hold spaces and brackets itself.
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{pid: Number(name), parent: Number(parent), command}];
      } catch {
        return [];
      }
    });
}

/** A process and all that it started. @param {number} root @returns {Process[]} */
export function treeOf(root) {
  const all = processes();
  const found = all.filter(({pid}) => pid === root);
  for (const {pid} of found) found.push(...all.filter(({parent}) => parent === pid));
  return found;
}

/** @param {(process: Process) => boolean} matches */
export const findProcess = matches => processes().find(matches);

/** No process of the tree gets to do anything more. Resolves when all are gone. @param {number} root */
export async function killTree(root) {
  await killAll(treeOf(root));
}

/** @param {readonly Process[]} victims */
export async function killAll(victims) {
  for (const {pid} of victims) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone with its parent already.
    }
  }
  const pids = new Set(victims.map(({pid}) => pid));
  while (processes().some(({pid}) => pids.has(pid))) await new Promise(resolve => setTimeout(resolve, 20));
}
