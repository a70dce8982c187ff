import type {Release} from '@kedge/core';
import type {EventStore, ReleasedWeights} from '../store/event-store.js';
import {buildReport} from './build-report.js';
import {htmlHeaders, renderHtml} from './render-html.js';
import {renderText} from './render-text.js';

export interface ReportSources {
  store: EventStore;
  release: (() => Promise<Release | undefined>) | undefined;
  now(): number;
}

type Format = 'json' | 'html' | 'text';

function formatOf(request: Request, asked: string | null): Format {
  if (asked === 'html' || asked === 'text' || asked === 'json') return asked;
  const accept = request.headers.get('accept') ?? '';
  if (accept.includes('text/html')) return 'html';
  return accept.startsWith('text/plain') ? 'text' : 'json';
}

const weightsOf = ({version, experiments}: Release): ReleasedWeights[] =>
  experiments.map(({key, phase, arms}) => ({
    experiment: key,
    phase,
    release: version,
    weights: Object.fromEntries(arms.map(arm => [arm.key, arm.weight])),
  }));

/** `GET /v1/report?experiment=&phase=&project=&format=json|html|text`. */
export async function reportResponse(request: Request, {store, release, now}: ReportSources): Promise<Response> {
  const query = new URL(request.url).searchParams;
  const phase = query.get('phase');
  const arms = await store.arms({
    project: query.get('project') ?? undefined,
    experiment: query.get('experiment') ?? undefined,
    phase: phase === null ? undefined : Number(phase),
  });
  // Without the release the report still stands; it says that weights are not known.
  const known = await release?.().catch(() => undefined);
  if (known) await store.rememberWeights(weightsOf(known));
  const report = buildReport({arms, release: known, weights: await store.weights(), now: now()});
  const shared = {'cache-control': 'no-store', vary: 'accept'};
  switch (formatOf(request, query.get('format'))) {
    case 'json':
      return Response.json(report, {headers: shared});
    case 'text':
      return new Response(renderText(report), {headers: {...shared, 'content-type': 'text/plain; charset=utf-8'}});
    case 'html':
      return new Response(renderHtml(report), {headers: {...shared, ...htmlHeaders}});
  }
}
