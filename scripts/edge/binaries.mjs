import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';

const require = createRequire(import.meta.url);
const exe = process.platform === 'win32' ? '.exe' : '';
const aarch64 = process.arch === 'arm64' ? 'aarch64' : process.arch;
const bunOs = process.platform === 'win32' ? 'windows' : process.platform;
const workerdOs = process.platform === 'win32' ? 'windows' : process.platform;
const glibc = process.platform === 'linux' ? '-glibc' : '';

/** The packages that hold the binaries for this machine: nothing of theirs has to run when they are installed. */
const places = {
  bun: [`@oven/bun-${bunOs}-${aarch64}`, `bin/bun${exe}`],
  deno: [`@deno/${process.platform}-${process.arch}${glibc}`, `deno${exe}`],
  workerd: [`@cloudflare/workerd-${workerdOs}-${process.arch === 'arm64' ? 'arm64' : '64'}`, `bin/workerd${exe}`],
};

/**
 * Where the binary of a runtime lies.
 *
 * @param {keyof typeof places} name
 * @throws Error when its package was left out: `npm ci --include=optional` brings it
 */
export function binaryOf(name) {
  const [packageName = '', path = ''] = places[name];
  const file = join(dirname(require.resolve(`${packageName}/package.json`)), path);
  if (!existsSync(file)) throw new Error(`${packageName} has no ${path}; npm ci --include=optional brings it`);
  return file;
}
