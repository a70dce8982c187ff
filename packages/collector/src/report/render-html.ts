import {createHash} from 'node:crypto';
import {experimentSection} from './html/experiment-section.js';
import {Html, html} from './html/html.js';
import {refreshScript} from './html/refresh-script.js';
import {statisticsTable} from './html/statistics-table.js';
import {style} from './html/style.js';
import type {ModelReport, Report} from './report.js';

const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

// Put together here and not in the template: a space more, and the digest of the policy is another.
const styleElement = new Html(`<style>${style}</style>`);
const scriptElement = new Html(`<script>${refreshScript}</script>`);

/** Only the page's own style and script may run, and only its own origin is asked. */
export const htmlHeaders: Record<string, string> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src ${digest(style)}; script-src ${digest(refreshScript)}; connect-src 'self'; base-uri 'none'; form-action 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * The report as one page, whole in itself: no other file is asked for. It renews itself every five seconds where it was
 * served; saved to a file it stays as it is.
 */
export function renderHtml(report: Report): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Kedge report</title>
        ${styleElement}
      </head>
      <body>
        <div class="page">
          <header class="top">
            <h1>Kedge report</h1>
            <p class="stamp" role="status">As of <time datetime="${report.generatedAt}">${spokenTime(report)}</time></p>
          </header>
          <main>${mainOf(report)}</main>
        </div>
        ${scriptElement}
      </body>
    </html>`.text;
}

const spokenTime = ({generatedAt}: Report) => `${generatedAt.slice(0, 10)} ${generatedAt.slice(11, 19)} UTC`;

function mainOf({experiments, models}: Report): Html {
  if (experiments.length + models.length === 0)
    return html`<section class="card empty">
      <h2>No events yet</h2>
      <p class="soft">They will show here as soon as a client sends its first batch to <code>/v1/events</code>.</p>
    </section>`;
  return html`${experiments.map(experimentSection)}${models.length > 0 && modelsSection(models)}`;
}

function modelsSection(models: readonly ModelReport[]): Html {
  return html`<section class="card" aria-labelledby="outside">
    <h2 id="outside">In no experiment</h2>
    <p class="soft">Units that an experiment did not take: these get the champion.</p>
    ${statisticsTable(
      'By model',
      models.map(model => ({head: html`${model.model}`, statistics: model})),
    )}
  </section>`;
}
