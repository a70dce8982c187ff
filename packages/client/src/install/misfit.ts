import {KedgeError} from '@kedge/core';
import type {Pinned} from './binary.js';

/** Why a binary that a version pins is not taken: a package's JavaScript takes only that of its own version. */
export function misfit({file, wanted, version: {manifest}}: Pinned): KedgeError {
  const {package: name, version} = manifest.runtime;
  return new KedgeError(
    'runtime_unavailable',
    `${manifest.model} ${manifest.version} pins ${file.path} of ${name} ${version}, and the app has ${wanted.package} ${wanted.version}: the app's own file was used; pack the version with the app's package`,
  );
}
