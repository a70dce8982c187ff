// Another process at a file store, told which of its limits to meet: what it may write at most, or a stop in the middle of a change.
import {openFileStore} from '../build/node/file-store.js';

const [directory = '', limit = ''] = process.argv.slice(2);
const store = await openFileStore(directory);
if (limit === 'bytes') {
  let code = 'none';
  for (let i = 0; code === 'none' && i < 100; i++)
    await store.putSetting(`more-${i}`, 'x'.repeat(1000)).catch(error => (code = error.code));
  console.log(code);
}
if (limit === 'stop') {
  let isFirst = true;
  await store.changeSetting('count', value => {
    if (isFirst) process.kill(process.pid, 'SIGSTOP');
    isFirst = false;
    return (value ?? 0) + 1;
  });
}
