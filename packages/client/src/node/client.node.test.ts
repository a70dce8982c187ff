import {expect, test} from 'vitest';
import {createKedge} from './client.js';

test.each([
  ['an empty directory', {directory: ''}, 'directory must name a folder'],
  ['a number as directory', {directory: 5}, 'directory must name a folder'],
  ['no runtime', {runtimes: []}, 'runtimes must hold at least one'],
  ['no time for a worker', {hangSeconds: 0, runtimes: [{}]}, 'hangSeconds must be more than 0'],
  ['no list of runtimes', {runtimes: null}, 'runtimes must hold at least one'],
])('%s is refused at once', async (_, wrong, message) => {
  const options = {registry: 'https://a.test', channel: 'prod', trustedKeys: [{}], runtimes: [], unitId: 'u'};
  const refused = createKedge({...options, ...wrong} as never);
  await expect(refused).rejects.toThrow(TypeError);
  await expect(refused).rejects.toThrow(message);
});

test.each([null, undefined, 'x'])('createKedge(%s) says that it takes an object', async options => {
  const refused = createKedge(options as never);
  await expect(refused).rejects.toThrow(TypeError);
  await expect(refused).rejects.toThrow(`createKedge: options must be an object, got ${options}`);
});
