import {expect, test} from 'vitest';
import {createKedge} from './client.js';

test.each([
  ['an empty directory', {directory: ''}, 'directory must name a folder'],
  ['no runtime', {runtimes: []}, 'runtimes must hold at least one'],
])('%s is refused at once', async (_, wrong, message) => {
  const options = {registry: 'https://a.test', channel: 'prod', trustedKeys: [{}], runtimes: [], unitId: 'u'};
  const refused = createKedge({...options, ...wrong});
  await expect(refused).rejects.toThrow(TypeError);
  await expect(refused).rejects.toThrow(message);
});
