import {existsSync} from 'node:fs';
import {run, works} from '../../../scripts/run.mjs';

const timeoutMs = 10 * 60_000;

/** Why an engine can't run here: it is skipped, and the reason told. */
export class EngineMissing extends Error {}

/** @returns {Promise<string>} the browser's path. @throws EngineMissing */
export async function ensureFirefox() {
  const named = process.env['KEDGE_FIREFOX'];
  if (named) return named;
  for (const path of ['/usr/bin/firefox-esr', '/usr/bin/firefox']) if (existsSync(path)) return path;
  await installByApt('firefox', ['firefox-esr']);
  return '/usr/bin/firefox-esr';
}

/** WebKitGTK with its bindings for Python, and a display without a screen. @throws EngineMissing */
export async function ensureWebkit() {
  const check =
    "import gi; gi.require_version('Gtk','3.0'); gi.require_version('WebKit2','4.1'); from gi.repository import WebKit2";
  const ready = () => works('/usr/bin/python3', ['-c', check]) && existsSync('/usr/bin/Xvfb');
  if (ready()) return;
  await installByApt('webkit', ['gir1.2-webkit2-4.1', 'python3-gi', 'xvfb']);
  if (!ready()) throw new EngineMissing('WebKitGTK was installed and does not start');
}

/** @param {string} engine @param {readonly string[]} packages */
async function installByApt(engine, packages) {
  const root = process.getuid?.() === 0;
  if (!works('apt-get', ['--version']))
    throw new EngineMissing(`not installed, and there is no apt-get to install ${packages.join(', ')}`);
  if (!root && !works('sudo', ['-n', 'true']))
    throw new EngineMissing(`not installed; run: sudo apt-get install ${packages.join(' ')}`);
  console.log(`${engine}: not here; installing ${packages.join(', ')} by apt-get`);
  const env = {DEBIAN_FRONTEND: 'noninteractive'};
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const [command, ...rest] = [...(root ? [] : ['sudo', '-n']), 'apt-get', ...args];
    const code = await run(/** @type {string} */ (command), rest, {env, timeoutMs});
    if (code !== 0) throw new EngineMissing(`apt-get ${args[0]} ${packages.join(' ')} failed with exit code ${code}`);
  }
}
