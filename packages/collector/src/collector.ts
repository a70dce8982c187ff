import type {Release} from '@kedge/core';
import {Hono} from 'hono';
import {corsHeaders, preflightResponse} from './http/cors.js';
import {errorResponse} from './http/error-response.js';
import {HttpError} from './http/http-error.js';
import {requireToken} from './http/require-token.js';
import {type WriteKey, WriteKeys} from './http/write-keys.js';
import {Ingest} from './ingest/ingest.js';
import {defaultLimits, type IngestLimits} from './ingest/limits.js';
import {reportResponse} from './report/report-route.js';
import type {EventStore} from './store/event-store.js';

export interface CollectorOptions {
  /** Where events are kept; `close` closes it. */
  store: EventStore;
  /** Keys that events are accepted with. */
  writeKeys: readonly WriteKey[];
  /** When set, the report asks for it: `Authorization: Bearer …` or `?token=…`. @default the report is open */
  reportToken?: string;
  /** The release in force, asked for at each report: its weights, versions and plan. @default weights are not known */
  release?: () => Promise<Release | undefined>;
  /** @default 256 KiB gzipped, 1 MiB plain, 4 MiB inflated, ratio 100 */
  limits?: Partial<IngestLimits>;
  /** Milliseconds since 1970. @default Date.now */
  now?: () => number;
}

/** A fetch handler: serve it with any HTTP server that speaks `Request` and `Response`. */
export interface Collector {
  /** Never rejects: errors are JSON answers, `{error: {code, message}}`. */
  fetch(request: Request): Promise<Response>;
  /** Commits what waits, refuses what comes, closes the store. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Accepts events at `POST /v1/events` (durable before 2xx, each counted once), answers at `GET /v1/report` and
 * `GET /healthz`.
 *
 * @throws TypeError for an empty write key
 */
export function createCollector(options: CollectorOptions): Collector {
  const {store, now = Date.now} = options;
  const keys = new WriteKeys(options.writeKeys);
  const ingest = new Ingest({store, keys, limits: {...defaultLimits, ...options.limits}, now});
  const app = new Hono();

  app.post('/v1/events', async ({req}) =>
    Response.json(await ingest.take(req.raw), {status: 202, headers: corsHeaders}),
  );
  app.get('/v1/report', ({req}) => {
    requireToken(req.raw, options.reportToken);
    return reportResponse(req.raw, {store, release: options.release, now});
  });
  app.get('/healthz', async () => {
    await store.check();
    return Response.json({status: 'ok'}, {headers: {'cache-control': 'no-store'}});
  });
  app.options('*', preflightResponse);
  app.all('*', ({req}) => {
    const known = ['/v1/events', '/v1/report', '/healthz'].includes(req.path);
    if (known) throw new HttpError(405, 'method_not_allowed', `${req.path} does not take ${req.method}`);
    throw new HttpError(404, 'not_found', `no ${req.path} here; events go to /v1/events, the report is at /v1/report`);
  });
  app.onError(error => errorResponse(error, corsHeaders));

  let closing: Promise<void> | undefined;
  return {
    fetch: async request => app.fetch(request),
    close: () => (closing ??= ingest.close().then(() => store.close())),
  };
}
