import {rows} from './zz-one.mjs';
import {ensureChromium, launchOptions} from '../../scripts/browser.mjs';
import {chromium} from 'playwright';
await ensureChromium();
const browser = await chromium.launch(launchOptions());
for (const r of await rows({launch: async () => browser})) console.log(r.what, r.ours.toFixed(1), r.peer.toFixed(1), r.ratio.toFixed(3));
await browser.close();
process.exit(0);
