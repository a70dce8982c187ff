import type {Report} from '@kedge/collector';
import {KedgeError} from '@kedge/core';
import {CliError} from '../exit.js';

export interface ReportOptions {
  /** Base address of the collector. */
  url: string;
  experiment?: string;
  token?: string;
}

const timeoutMs = 15_000;

/**
 * The report of a running collector.
 *
 * @throws CliError (usage) for an address that is none; KedgeError `network` when nobody answers, `response_invalid` when
 *   another thing does
 */
export async function fetchReport({url, experiment, token}: ReportOptions): Promise<Report> {
  const address = addressOf(url, experiment);
  const headers = {Accept: 'application/json', ...(token !== undefined && {Authorization: `Bearer ${token}`})};
  const response = await fetch(address, {headers, signal: AbortSignal.timeout(timeoutMs)}).catch((cause: unknown) => {
    throw new KedgeError('network', `${url} does not answer; is it running? Start it: kedge serve`, {cause});
  });
  const text = await response.text();
  if (response.status === 401) throw new CliError('usage', `${url} asks for its report token; give it with --token`);
  if (!response.ok)
    throw new KedgeError(
      'response_invalid',
      `${address.href}: expected 200, got ${response.status}: ${text.slice(0, 200)}`,
    );
  return parseReport(text, address.href);
}

function addressOf(url: string, experiment: string | undefined): URL {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CliError('usage', `--url: expected an address such as http://127.0.0.1:8787, got ${JSON.stringify(url)}`);
  const address = new URL('v1/report', url.endsWith('/') ? url : `${url}/`);
  if (experiment !== undefined) address.searchParams.set('experiment', experiment);
  return address;
}

function parseReport(text: string, where: string): Report {
  const wrong = (cause?: unknown) =>
    new KedgeError(
      'response_invalid',
      `${where}: expected a kedge.report/1, got ${JSON.stringify(text.slice(0, 40))}; is this a Kedge collector of this version?`,
      {cause},
    );
  try {
    const report = JSON.parse(text) as Report;
    if (report.schema === 'kedge.report/1') return report;
  } catch (cause) {
    throw wrong(cause);
  }
  throw wrong();
}
