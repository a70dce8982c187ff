import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {run, runTool, works} from './run.mjs';

const systemNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const installTimeoutMs = 5 * 60_000;

/**
 * Chromium's switches for tests: quiet, offline but for the test's own servers, and WebGPU computed in software where there is no GPU.
 *
 * @type {readonly string[]}
 */
export const chromiumArgs = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/**
 * @typedef {object} FoundBrowser
 * @property {string} path of the executable, absolute
 * @property {string} from where it comes from, for people
 */

/** The browser that is here already, if any: the one named by KEDGE_CHROMIUM, Playwright's own, the system's. @returns {FoundBrowser | undefined} */
export function findChromium() {
  const named = process.env['KEDGE_CHROMIUM'];
  if (named) {
    if (!starts(named))
      throw new Error(`KEDGE_CHROMIUM names ${named}, which does not start; name a Chromium or unset it`);
    return {path: named, from: 'KEDGE_CHROMIUM'};
  }
  return playwrightsOwn() ?? systems();
}

/** Launch options for Playwright. Without a browser Playwright itself refuses at launch, so that what needs none still runs. */
export function launchOptions() {
  const found = findChromium();
  return {...(found && {executablePath: found.path}), args: [...chromiumArgs]};
}

/** Finds a browser, installing one when there is none, and says which in one line. @returns {Promise<string>} its path */
export async function ensureChromium() {
  const found = findChromium() ?? (await installByPlaywright()) ?? (await installByApt());
  if (!found)
    throw new Error(
      'no Chromium found and none could be installed; install one (Debian: apt-get install chromium) or set KEDGE_CHROMIUM to its path',
    );
  console.log(`browser: ${found.from}, ${found.path}`);
  return (process.env['KEDGE_CHROMIUM'] = found.path);
}

/** Ubuntu's `chromium-browser` can be a stub that only asks for a snap: being there is not enough. @param {string} path */
const starts = path => existsSync(path) && works(path, ['--version']);

/** @returns {FoundBrowser | undefined} */
function playwrightsOwn() {
  // Resolved late: this module is imported before anything is installed.
  const path = createRequire(import.meta.url)('playwright').chromium.executablePath();
  return starts(path) ? {path, from: "Playwright's own Chromium"} : undefined;
}

/** @returns {FoundBrowser | undefined} */
function systems() {
  for (const name of systemNames) {
    const path = which(name);
    if (path && starts(path)) return {path, from: `the system's ${name}`};
  }
  return undefined;
}

/** @param {string} name */
function which(name) {
  try {
    return execFileSync('/bin/sh', ['-c', `command -v ${name}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

async function installByPlaywright() {
  console.log('browser: none found; installing one by "playwright install --with-deps chromium"');
  // A closed network makes the download hang, not fail.
  await runTool('playwright/cli.js', ['install', '--with-deps', 'chromium'], {timeoutMs: installTimeoutMs});
  return playwrightsOwn();
}

async function installByApt() {
  if (!works('apt-get', ['--version'])) return undefined;
  console.log("browser: Playwright could not install one; installing Debian's chromium by apt-get");
  const env = {DEBIAN_FRONTEND: 'noninteractive'};
  const asRoot = process.getuid?.() !== 0 && works('sudo', ['-n', 'true']) ? ['sudo', '-n'] : [];
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const [command, ...rest] = [...asRoot, 'apt-get', ...args];
    const code = await run(/** @type {string} */ (command), rest, {env, timeoutMs: installTimeoutMs});
    if (code !== 0) console.log(`browser: apt-get ${args[0]} failed with exit code ${code}`);
  }
  return systems();
}
