import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {inRoot} from './paths.mjs';
import {run} from './run.mjs';
import {whenChanged} from './stamp.mjs';

// Only Node's own modules here and in what this imports: it runs before anything is installed.

/** Installs from the lockfile and builds the packages, each only when it must. A second call takes a fraction of a second. */
export async function setup() {
  checkNode();
  await install();
  await build();
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    throw new Error(`Kedge needs Node 20 or newer, this is ${process.version}; install one from nodejs.org`);
}

async function install() {
  const record = inRoot('node_modules', '.kedge-lock');
  const hash = createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');
  if (existsSync(record) && readFileSync(record, 'utf8') === hash) return;
  if (!isInstalled()) {
    console.log('setup: installing from package-lock.json');
    await npm(['ci', '--no-audit', '--no-fund']);
  }
  writeFileSync(record, hash);
}

/** Whether npm itself already installed this lockfile: its own record of what lies in node_modules holds the same versions. */
function isInstalled() {
  const record = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.keys(wanted).every(path => {
    const {version, link, optional, devOptional, peer} = wanted[path];
    if (!path || !path.includes('node_modules/') || optional || devOptional) return true;
    return link || peer ? true : found[path]?.version === version;
  });
}

async function build() {
  const packages = readdirSync(inRoot('packages')).map(name => `packages/${name}`);
  const inputs = ['tsconfig.json', 'rollup.config.mjs', 'package-lock.json', ...packages];
  const outputs = packages.map(path => `${path}/dist`);
  await whenChanged('build', {inputs, outputs}, async () => {
    console.log('setup: building the packages');
    await npm(['run', 'build', '--silent']);
  });
}

/** @param {readonly string[]} args */
export async function npm(args) {
  const code = await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {env: {CI: 'true'}});
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed with exit code ${code}; what it printed stands above`);
}
