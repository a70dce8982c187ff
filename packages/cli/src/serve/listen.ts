import type {Server} from 'node:http';
import {createAdaptorServer} from '@hono/node-server';
import {CliError, errnoOf} from '../exit.js';

export interface Listening {
  url: string;
  port: number;
  /** Stops accepting, lets running requests end, at most for `drainMs`. */
  close(): Promise<void>;
}

/** Slow or silent connections are cut; a request has this long to arrive whole. */
const timeouts = {headersTimeout: 10_000, requestTimeout: 20_000};
const maxConnections = 2000;
const drainMs = 5000;

/** @throws CliError (unavailable) when the port is taken or may not be used */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  {host, port}: {host: string; port: number},
): Promise<Listening> {
  const server = createAdaptorServer({fetch, serverOptions: timeouts}) as Server;
  server.maxConnections = maxConnections;
  const close = drainOf(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(refused(error, host, port)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return {url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`, port: actual, close};
}

function refused(cause: Error, host: string, port: number): Error {
  const errno = errnoOf(cause);
  if (errno === 'EADDRINUSE')
    return new CliError(
      'unavailable',
      `port ${port} on ${host} is taken by another process; choose another: --port ${port + 1}`,
      {cause},
    );
  if (errno === 'EACCES')
    return new CliError('unavailable', `port ${port} on ${host} needs privileges; choose one above 1023 with --port`, {
      cause,
    });
  if (errno === 'EADDRNOTAVAIL' || errno === 'ENOTFOUND')
    return new CliError('unavailable', `${host} is not an address of this machine; try --host 127.0.0.1`, {cause});
  return cause;
}

/** Counts requests in flight: Node by itself takes a connection that never sent one for a busy one. */
function drainOf(server: Server): () => Promise<void> {
  let running = 0;
  let closing = false;
  const cutIfIdle = () => {
    if (closing && running === 0) server.closeAllConnections();
  };
  server.on('request', (_request, response) => {
    running += 1;
    response.once('close', () => {
      running -= 1;
      cutIfIdle();
    });
  });
  return () =>
    new Promise(resolve => {
      closing = true;
      const cut = setTimeout(() => server.closeAllConnections(), drainMs);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      cutIfIdle();
    });
}
