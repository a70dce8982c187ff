#!/usr/bin/env node
import {existsSync} from 'node:fs';

// Not the built file itself: in a clone npm links only what is there before anything is built.
const main = new URL('../dist/main.js', import.meta.url);

if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('kedge: packages/cli/dist/main.js is missing, this clone is not built yet; run `npm run build` in it');
  process.exitCode = 3;
}
