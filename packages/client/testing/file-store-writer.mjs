// Another process at a file store: adds to a setting, and puts versions of one chunk each, until it is killed or done.
import {createHash} from 'node:crypto';
import {openFileStore} from '../build/node/file-store.js';

const [directory = '', times = '0'] = process.argv.slice(2);
const store = await openFileStore(directory);
for (let i = 0; i < Number(times); i++) {
  await store.changeSetting('count', value => (value ?? 0) + 1);
  const data = new Uint8Array(100_000).fill(i);
  const sha256 = createHash('sha256').update(data).digest('hex');
  await store.putChunks([{sha256, data}]);
  await store.changeSetting('newest', () => sha256);
  process.stdout.write('.');
}
