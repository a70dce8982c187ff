import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {inRoot} from './paths.mjs';
import {setup} from './setup.mjs';
import {buildDemo, writeSite} from './site.mjs';
import {whenChanged} from './stamp.mjs';

const state = inRoot('.kedge');
const folders = {
  registry: join(state, 'registry'),
  keys: join(state, 'keys'),
  site: join(state, 'site'),
  data: join(state, 'data'),
};
const channel = 'prod';

function readPort() {
  const {values} = parseArgs({options: {port: {type: 'string'}}});
  const text = values.port ?? process.env['PORT'] ?? '8787';
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new Error(`--port: expected 0 to 65535, got ${JSON.stringify(text)}`);
}

/** Packs and releases the models the first time, and again when they changed; signs anew what is about to expire. */
async function prepare() {
  // Imported late: it needs what setup installs and builds.
  const {keepFresh, renewRegistry} = await import('./registry.mjs');
  const tell = (/** @type {string} */ line) => console.log(`start: packed ${line}`);
  const options = {registry: folders.registry, keys: folders.keys, channel};
  const inputs = [
    'demo/models/digits',
    'demo/models/experiment.json',
    ...['text-detection', 'text-recognition', 'voice-activity'].map(name => `demo/models/${name}`),
    'demo/models/published.mjs',
    'demo/src/voice/sample.wav',
    'scripts/packed.mjs',
    'scripts/registry.mjs',
    'packages/cli/src/pack',
    'packages/cli/src/chunk',
  ];
  const outputs = [`.kedge/registry/channels/${channel}.json`, '.kedge/keys/private.json'];
  await whenChanged('registry', {inputs, outputs}, async () => {
    console.log('start: packing the models and measuring them on the test digits');
    await renewRegistry({...options, tell});
  });
  return keepFresh(options);
}

/** Made once: a page that is open over a restart goes on being heard. */
function writeKey() {
  const file = join(folders.data, 'write-key');
  if (!existsSync(file)) {
    mkdirSync(folders.data, {recursive: true});
    writeFileSync(file, `${randomBytes(18).toString('base64url')}\n`, {mode: 0o600});
  }
  return readFileSync(file, 'utf8').trim();
}

async function main() {
  const port = readPort();
  await setup();
  await buildDemo();
  const release = await prepare();
  const publicKey = JSON.parse(readFileSync(join(folders.keys, 'public.json'), 'utf8'));
  const key = writeKey();
  writeSite(folders.site, {channel, trustedKeys: [publicKey], writeKey: key});
  const {serve} = await import('@kedge/cli');
  const serving = await serve({...folders, port, host: '127.0.0.1', writeKey: key});
  tell(serving.url, release);
  await new Promise(stop => ['SIGINT', 'SIGTERM'].forEach(signal => process.once(signal, stop)));
  await serving.close();
}

/** @param {string} url @param {import('@kedge/core').Release} release */
function tell(url, {version, expires, models, experiments}) {
  const arms = experiments.map(
    ({key, arms}) => `${key}: ${arms.map(arm => `${arm.version} ${arm.weight / 100} %`).join(', ')}`,
  );
  console.log(`
Kedge serves on ${url}
  page       ${url}/
  report     ${url}/report
  registry   ${folders.registry}, release ${version} until ${expires.slice(0, 10)}
  champion   ${Object.entries(models)
    .map(([name, {champion}]) => `${name} ${champion}`)
    .join(', ')}
  experiment ${arms.join('; ')}
  keys       ${folders.keys}, for you alone
  data       ${folders.data}

Next: open ${url} and draw a digit, or let the page run 1 000 of them, and watch the report.
      Operate it: node packages/cli/dist/main.js release --help
      Ctrl+C stops; what was stored stays, and removing ${state} forgets it all.`);
}

await main().catch(error => {
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
});
