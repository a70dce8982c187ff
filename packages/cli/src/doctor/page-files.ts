import type {Answer} from './ask.js';
import {attributeOf} from './csp.js';
import type {Visit} from './visit.js';

export interface PageFile {
  kind: 'script' | 'worker' | 'wasm';
  answer: Answer;
}

const maxFiles = 40;
const maxBytes = 8 * 2 ** 20;

/** The scripts of a page, the workers that they start and the WebAssembly that they name; what is not found is left out. */
export async function pageFiles(visit: Visit, html: string, page: string): Promise<PageFile[]> {
  const found: PageFile[] = [];
  const seen = new Set<string>();
  let wanted = scriptsOf(html, page);
  // Three levels: a page's script, a chunk that it imports, a worker with its own.
  for (let depth = 0; depth < 4 && wanted.length > 0; depth++) {
    const next = wanted.filter(({url}) => !seen.has(url) && seen.size < maxFiles && seen.add(url));
    const files = await Promise.all(next.map(async ({url, kind}) => fetchFile(visit, url, kind)));
    const there = files.filter(file => file !== undefined);
    found.push(...there);
    wanted = there.filter(({kind}) => kind !== 'wasm').flatMap(({answer}) => filesIn(answer));
  }
  return found;
}

interface Wanted {
  url: string;
  kind: PageFile['kind'];
}

async function fetchFile(visit: Visit, url: string, kind: PageFile['kind']): Promise<PageFile | undefined> {
  const headers = {'accept-encoding': 'identity', 'sec-fetch-dest': kind === 'worker' ? 'worker' : 'script'};
  const answer = await visit.ask(url, {headers}, kind === 'wasm' ? 4 : maxBytes);
  return answer.status === 200 ? {kind, answer} : undefined;
}

function scriptsOf(html: string, page: string): Wanted[] {
  const tags = html.match(/<(script|link)\b[^>]*>/gi) ?? [];
  return tags.flatMap(tag => {
    const isScript = /^<script/i.test(tag);
    const preloads = /^modulepreload$/i.test(attributeOf(tag, 'rel') ?? '');
    const address = isScript ? attributeOf(tag, 'src') : preloads ? attributeOf(tag, 'href') : undefined;
    return address === undefined ? [] : wantedOf(address, page, 'script');
  });
}

/** As bundlers write them: `new Worker(new URL('…', import.meta.url))`, and file names in quotes. */
function filesIn({url, body}: Answer): Wanted[] {
  const code = Buffer.from(body).toString();
  const workers = [...code.matchAll(/\bWorker\(\s*new URL\(\s*(?:\/\*.*?\*\/\s*)?["'`]([^"'`\s]+)["'`]/g)];
  const names = [...code.matchAll(/["'`]((?:[\w@.-]*\/)*[\w@.-]+\.(js|mjs|wasm))["'`]/g)];
  return [
    ...workers.flatMap(([, address]) => wantedOf(address!, url, 'worker')),
    ...names.flatMap(([, address, ending]) => wantedOf(address!, url, ending === 'wasm' ? 'wasm' : 'script')),
  ];
}

/** Of the page's own origin only: other hosts' files are theirs to serve. */
function wantedOf(address: string, base: string, kind: PageFile['kind']): Wanted[] {
  if (!URL.canParse(address, base)) return [];
  const url = new URL(address, base);
  url.hash = '';
  return url.origin === new URL(base).origin ? [{url: url.href, kind}] : [];
}
