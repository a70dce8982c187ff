import {evenArms} from '../src/assign/weights.js';

export const arms = evenArms([
  {key: 'control', version: '1.0.0'},
  {key: 'cnn', version: '1.1.0'},
]);

export const experiment = {
  key: 'digits-cnn',
  model: 'digits',
  phase: 1,
  salt: 's',
  hash: 'murmur3-1',
  status: 'running',
  arms,
};

/** A whole release with a running experiment. */
export function release() {
  const version = {manifest: 'a'.repeat(64), bytes: 100};
  return {
    schema: 'kedge.release/1',
    channel: 'prod',
    version: 3,
    issued: '2026-11-01T00:00:00Z',
    expires: '2026-12-01T00:00:00.000+01:00',
    models: {
      digits: {
        champion: '1.0.0',
        versions: {'1.0.0': version, '1.1.0': version},
        revoked: [] as string[],
        enabled: true,
      },
    },
    experiments: [experiment] as object[],
  };
}
