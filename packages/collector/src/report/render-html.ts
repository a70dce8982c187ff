import type {Report} from './report.js';
export const htmlHeaders = {'content-type': 'text/html; charset=utf-8'};
export function renderHtml(report: Report): string {
  return `<!doctype html><pre>${JSON.stringify(report).replaceAll('<', '&lt;')}</pre>`;
}
