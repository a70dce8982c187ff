// Another process at a file store, told which of its limits to meet: what it may write or open at most, or a stop in the middle of a change.
import {openSync} from 'node:fs';
import {openFileStore} from '../build/node/file-store.js';

const [directory = '', limit = '', sha256 = ''] = process.argv.slice(2);
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
if (limit === 'files') {
  const open = () => {
    for (;;) openSync('/dev/null');
  };
  console.log(await new Promise(open).catch(error => error.code));
  console.log(await store.getChunk(sha256).catch(error => error.code));
}
