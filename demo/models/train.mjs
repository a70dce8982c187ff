#!/usr/bin/env node
/**
 * Trains the demo's models and writes `digits/<version>/`: artifacts, `model.json` for `kedge pack`, and `CARD.md`.
 * See README.md. Every number on a card is measured on the file that was written.
 */
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {digitsFolder, readDigits} from './idx.mjs';
import {loadTfjs, openOnnx, openTfjs, predictTfjs, scoreAll} from './runners.mjs';
import {buildTfjs, upToLogits} from './training/build-tfjs.mjs';
import {card} from './training/card.mjs';
import {measure} from './training/measure.mjs';
import {metadata} from './training/metadata.mjs';
import {versions} from './training/versions.mjs';

const here = dirname(fileURLToPath(import.meta.url));
// The system's Python by its path: another one earlier in PATH would not have Debian's packages.
const python = process.env.KEDGE_PYTHON ?? '/usr/bin/python3';
const sizeLimitBytes = 500_000;
/** Torch and tfjs add in different orders; on logits of up to about 30 that is some 1e-5. */
const logitTolerance = 1e-3;

function requirePython() {
  const {status} = spawnSync(python, ['-c', 'import numpy, onnx, torch'], {stdio: 'ignore'});
  if (status === 0) return;
  fail(`training needs ${python} with torch, numpy and onnx. On Debian or Ubuntu:
  sudo apt-get install python3-torch python3-numpy python3-onnx
or name another Python that has them in KEDGE_PYTHON.`);
}

function runTraining(out) {
  const {status} = spawnSync(python, ['-B', join(here, 'train.py'), '--data', digitsFolder, '--out', out], {
    stdio: 'inherit',
  });
  if (status !== 0) fail(`train.py ended with status ${status}; nothing was changed`);
}

async function checkLogits(from, folder, test) {
  const expected = new Float32Array(Uint8Array.from(readFileSync(join(from, 'logits.bin'))).buffer);
  const model = upToLogits(await loadTfjs(folder));
  const got = await scoreAll((images, count) => predictTfjs(model, images, count), test.images);
  const furthest = expected.reduce((most, logit, index) => Math.max(most, Math.abs(logit - got[index])), 0);
  if (!(furthest <= logitTolerance)) fail(`tfjs and torch differ by ${furthest} in a logit, allowed ${logitTolerance}`);
  console.log(`1.2.0: tfjs agrees with torch on ${test.count} digits, logits within ${furthest.toExponential(1)}`);
}

/** Into `folder`, from what training wrote. */
async function place(version, from, folder, test) {
  mkdirSync(folder, {recursive: true});
  if (versions[version].format === 'tfjs-layers') {
    await buildTfjs(from, join(folder, 'tfjs'));
    await checkLogits(from, join(folder, 'tfjs'), test);
    return openTfjs(join(folder, 'tfjs'));
  }
  copyFileSync(join(from, 'model.onnx'), join(folder, 'model.onnx'));
  return openOnnx(join(folder, 'model.onnx'));
}

async function publish(version, out, counts, test) {
  const folder = join(here, 'digits', version);
  const score = await place(version, join(out, version), folder, test);
  const measured = await measure(score, test);
  const bytes = versions[version].files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  writeFileSync(join(folder, 'model.json'), `${JSON.stringify(metadata(version, counts, measured), null, 2)}\n`);
  writeFileSync(join(folder, 'CARD.md'), card(version, bytes, measured));
  console.log(`${version}: ${(measured.accuracy * 100).toFixed(2)} % of test digits, ${bytes} bytes`);
  if (measured.accuracy < versions[version].floor) fail(`${version} is below its floor of ${versions[version].floor}`);
  if (bytes > sizeLimitBytes) fail(`${version} is larger than ${sizeLimitBytes} bytes`);
}

function fail(message) {
  console.error(`models:train: ${message}`);
  process.exit(1);
}

requirePython();
const test = readDigits('test');
const out = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'kedge-models-'));
// With a folder given, what an earlier run of train.py left there is used again.
if (!process.argv[2]) {
  console.log(`Training takes several minutes; if a later step fails, give it ${out} to go on from there.`);
  runTraining(out);
}
const {classes} = JSON.parse(readFileSync(join(out, 'learned.json'), 'utf8'));
for (const version of Object.keys(versions)) await publish(version, out, classes, test);
if (!process.argv[2]) rmSync(out, {recursive: true});
