import {checkSecure} from './check-connection.js';
import type {Answer, Head} from './ask.js';
import {type Finding, type Fix, ok} from './finding.js';
import {headerFix} from './header-fix.js';
import {checkPolicies} from './check-csp.js';
import {type PageFile, pageFiles} from './page-files.js';
import {statusText, type Visit} from './visit.js';

const maxPageBytes = 4 * 2 ** 20;

/** The page as a browser opens it: its files, isolation and policy. */
export async function checkPage(visit: Visit, page: string): Promise<Finding[]> {
  const headers = {
    accept: 'text/html,*/*;q=0.8',
    'accept-encoding': 'identity',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  };
  const answer = await visit.ask(page, {headers}, maxPageBytes);
  const html = Buffer.from(answer.body).toString();
  const isPage = answer.status === 200 && answer.header('content-type').includes('text/html');
  if (!isPage) return [checkSecure('page-secure', page), noPage(answer)];
  const files = await pageFiles(visit, html, answer.url);
  return [
    ok('page', answer.url, '200, HTML'),
    checkSecure('page-secure', answer.url),
    ...checkPageTypes(answer.url, files),
    checkIsolation(answer),
    ...checkWorkerIsolation(answer, files),
    ...checkPolicies(visit, answer, html, files),
  ];
}

function noPage({url, status, header}: Answer): Finding {
  return {
    ...{check: 'page', level: 'error', where: url, expected: '200, text/html'},
    got: `${statusText(status)}, ${header('content-type') || 'no Content-Type'}`,
    fix: {advice: 'give the address that people open, as --page', hosts: {}},
  };
}

const scriptTypes = /^(text|application)\/(x-)?(java|ecma)script$/;

function checkPageTypes(page: string, files: readonly PageFile[]): Finding[] {
  const wrong = files.flatMap(({kind, answer: {url, header}}): Finding[] => {
    const got = header('content-type').split(';')[0]!.trim().toLowerCase();
    const isRight = kind === 'wasm' ? got === 'application/wasm' : scriptTypes.test(got);
    if (isRight) return [];
    const expected = kind === 'wasm' ? 'application/wasm' : 'text/javascript';
    // Browsers run no module script of another type; WebAssembly is then compiled only after it has arrived.
    const level = kind === 'wasm' && !got.includes('html') ? 'warning' : 'error';
    return [{check: 'page-types', level, where: url, expected, got: got || 'no Content-Type', fix: typeFix(url)}];
  });
  if (wrong.length > 0) return wrong;
  const count = (kind: PageFile['kind']) => files.filter(file => file.kind === kind).length;
  return [
    ok(
      'page-types',
      page,
      `${count('script')} scripts, ${count('worker')} workers, ${count('wasm')} WebAssembly files, each with its type`,
    ),
  ];
}

function typeFix(url: string): Fix {
  const {pathname} = new URL(url);
  const ending = pathname.slice(pathname.lastIndexOf('.') + 1);
  const type = ending === 'wasm' ? 'application/wasm' : 'text/javascript';
  const fix = headerFix(
    'send the type that belongs to the file’s ending',
    pathname.slice(0, pathname.lastIndexOf('/') + 1),
    {'Content-Type': type},
  );
  return {
    ...fix,
    hosts: {
      ...fix.hosts,
      nginx: `include mime.types;  # in http; and for endings that it lacks: location ~ \\.${ending}$ { types { } default_type ${type}; }`,
      apache: `AddType ${type} .${ending}`,
      's3-cloudfront': `aws s3 cp dist s3://BUCKET --recursive --exclude "*" --include "*.${ending}" --content-type ${type}`,
    },
  };
}

const coop = (head: Head) => head.header('cross-origin-opener-policy').split(';')[0]!.trim();
const coep = (head: Head) => head.header('cross-origin-embedder-policy').split(';')[0]!.trim();
const isolates = /^(require-corp|credentialless)$/;

const isolationFix = headerFix(
  'send both headers with the page, or none: together they give WebAssembly its threads, alone they only refuse files of other origins',
  '/',
  {'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp'},
);
isolationFix.hosts['kedge-serve'] = 'kedge serve --isolate';

/** Threads need it; without it the runtime takes one, which is no fault. */
function checkIsolation(page: Answer): Finding {
  const [opener, embedder, document] = [coop(page), coep(page), page.header('document-isolation-policy')];
  if (opener === 'same-origin' && isolates.test(embedder))
    return ok('isolation', page.url, `isolated (COEP ${embedder}): WebAssembly may use threads`);
  if (/^isolate-and-/.test(document))
    return ok('isolation', page.url, `isolated where the browser knows Document-Isolation-Policy (${document})`);
  if (opener !== 'same-origin' && !isolates.test(embedder))
    return ok('isolation', page.url, 'not isolated: WebAssembly runs with one thread');
  return {
    ...{
      check: 'isolation',
      level: 'warning',
      where: page.url,
      expected: 'Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy together',
    },
    got: `opener policy ${opener || 'missing'}, embedder policy ${embedder || 'missing'}: not isolated`,
    fix: isolationFix,
  };
}

/** A page with an embedder policy starts no worker without one (HTML, "check a global object's embedder policy"). */
function checkWorkerIsolation(page: Answer, files: readonly PageFile[]): Finding[] {
  const workers = files.filter(({kind}) => kind === 'worker');
  if (!isolates.test(coep(page)) || workers.length === 0) return [];
  const open = workers.find(({answer}) => !isolates.test(coep(answer)));
  if (!open) return [ok('worker-isolation', page.url, 'workers have an embedder policy as the page has')];
  return [
    {
      ...{
        check: 'worker-isolation',
        level: 'error',
        where: open.answer.url,
        expected: `Cross-Origin-Embedder-Policy: ${coep(page)}, as the page has`,
      },
      got: 'no such header: the browser refuses to start this worker',
      fix: {...isolationFix, advice: 'send the embedder policy with every script too, not with the page only'},
    },
  ];
}
