import {type Fault, flip} from './fault.js';
import type {TestRegistry} from './registry.js';

/** Faults of single files of a registry. */
export const fileFaults = (made: () => TestRegistry): readonly Fault[] => [
  [
    'a manifest that is another',
    (answer, {url}) =>
      url!.startsWith(`/manifests/${made().first.address}`)
        ? {...answer, body: Buffer.from('{}'), headers: {...answer.headers, 'content-length': '2'}}
        : answer,
    {manifests: 'error'},
  ],
  [
    'a manifest that is missing',
    (answer, {url}) => (url!.startsWith(`/manifests/${made().second.address}`) ? {...answer, status: 404} : answer),
    {manifests: 'error'},
  ],
  [
    'a flipped byte',
    (answer, {url}) =>
      url!.endsWith(made().first.artifact.sha256) && answer.body.length > 1000
        ? {...answer, body: flip(answer.body, answer.body.length - 1)}
        : answer,
    {digests: 'error'},
  ],
  [
    'a missing patch',
    (answer, {url}) =>
      url!.endsWith(made().second.manifest.patches![0]!.sha256)
        ? {...answer, status: 404, headers: {'access-control-allow-origin': '*'}}
        : answer,
    {digests: 'error'},
  ],
];
