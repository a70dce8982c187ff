import {resolve} from 'node:path';
import {Hono} from 'hono';
import {openCollector} from './collector.js';
import {listen} from './listen.js';
import {registryFiles} from './registry-files.js';
import {siteFiles} from './site-files.js';

export interface ServeOptions {
  registry: string;
  /** A built page; served at `/`. */
  site?: string;
  /** Where the collector's database lies. */
  data: string;
  /** 0 takes a free one. */
  port: number;
  host: string;
  /** What clients send events with. @default one is made and kept in `data` */
  writeKey?: string;
  /** Origins that may send events; the server's own always may. @default none */
  allowOrigins?: readonly string[];
  /** Cross-origin isolation, which threads in WebAssembly need. */
  isolate?: boolean;
}

export interface Serving {
  url: string;
  port: number;
  /** Absolute. */
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
 * Registry (at `/` and `/registry`), collector, report and page on one port.
 *
 * @throws CliError (unavailable) when the port is taken
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const collector = await openCollector(options);
  const app = new Hono();
  if (options.isolate) app.use(isolate);
  app.route('/', registryFiles(options.registry));
  app.route('/registry', registryFiles(options.registry));
  for (const path of ['/v1/*', '/healthz', '/readyz', '/metrics', '/report', '/report/*'])
    app.all(path, context => collector.fetch(context.req.raw));
  if (options.site !== undefined) app.route('/', siteFiles(options.site));
  try {
    const listening = await listen(request => app.fetch(request), options);
    return {
      url: listening.url,
      port: listening.port,
      registry: resolve(options.registry),
      data: resolve(options.data),
      site: options.site && resolve(options.site),
      writeKey: collector.writeKey,
      close: async () => {
        await listening.close();
        await collector.close();
      },
    };
  } catch (error) {
    await collector.close();
    throw error;
  }
}

async function isolate(context: {res: Response}, next: () => Promise<void>): Promise<void> {
  await next();
  for (const [name, value] of Object.entries(isolation))
    if (!context.res.headers.has(name)) context.res.headers.set(name, value);
}
