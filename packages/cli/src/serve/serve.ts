import {stat} from 'node:fs/promises';
import {resolve} from 'node:path';
import {Hono} from 'hono';
import {CliError} from '../exit.js';
import {openCollector} from './collector.js';
import {listen} from './listen.js';
import {registryFiles} from './registry-files.js';
import {siteFiles} from './site-files.js';

export interface ServeOptions {
  registry: string;
  /** Whose release the report judges by. @default 'prod' */
  channel?: string;
  /** A built page; served at `/`. */
  site?: string;
  /** Where the collector's database lies; made if missing. */
  data: string;
  /** 0 takes a free one. */
  port: number;
  /** @default '127.0.0.1' */
  host?: string;
  /** What clients send events with. @default one is made and kept in `data` */
  writeKey?: string;
  /** Only these origins, and the server's own, may send events. @default every origin */
  allowOrigins?: readonly string[];
  /** Asked for by the report when set. @default the report is open */
  reportToken?: string;
  /** Cross-origin isolation, which threads in WebAssembly need. */
  isolate?: boolean;
}

export interface Serving {
  url: string;
  port: number;
  /** Absolute, like the other folders. */
  registry: string;
  data: string;
  site: string | undefined;
  writeKey: string;
  /** Lets running requests end, then closes the database. */
  close(): Promise<void>;
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Registry (at `/` and `/registry`), collector (`/v1/*`, `/healthz`), report (`/report`) and page on one port.
 *
 * @throws CliError (unavailable) when the port is taken, (usage) when a folder is not there
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const {registry, channel = 'prod', data, site, host = '127.0.0.1', port} = options;
  await checkFolder(registry, '--registry', 'pack a version into it first: kedge pack');
  if (site !== undefined) await checkFolder(site, '--site', 'build the page first');
  const origins = options.allowOrigins && [...options.allowOrigins];
  const collector = await openCollector({...options, registry, channel, data, origins});
  const app = createApp(options, collector.fetch);
  try {
    const listening = await listen(request => app.fetch(request), {host, port});
    // Known only now: port 0 takes a free one.
    origins?.push(listening.url);
    return {
      url: listening.url,
      port: listening.port,
      registry: resolve(registry),
      data: resolve(data),
      site: site && resolve(site),
      writeKey: collector.writeKey,
      close: () => listening.close().then(() => collector.close()),
    };
  } catch (error) {
    await collector.close();
    throw error;
  }
}

async function checkFolder(path: string, flag: string, advice: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new CliError('usage', `${flag}: there is no folder ${path}; ${advice}`);
}

function createApp({registry, site, isolate}: ServeOptions, collect: (request: Request) => Promise<Response>): Hono {
  const app = new Hono();
  if (isolate) app.use(isolated);
  app.route('/', registryFiles(registry));
  app.route('/registry', registryFiles(registry));
  app.all('/v1/*', ({req}) => collect(req.raw));
  app.get('/healthz', ({req}) => collect(req.raw));
  app.get('/report', ({req}) => {
    const target = new URL(req.url);
    target.pathname = '/v1/report';
    target.searchParams.set('format', 'html');
    return collect(new Request(target, {headers: req.raw.headers}));
  });
  if (site !== undefined) app.route('/', siteFiles(site));
  else app.get('/', context => context.redirect('/report'));
  return app;
}

async function isolated(context: {res: Response}, next: () => Promise<void>): Promise<void> {
  await next();
  for (const [name, value] of Object.entries(isolation))
    if (!context.res.headers.has(name)) context.res.headers.set(name, value);
}
