import {join} from 'node:path';
import {readReport} from '../counts.mjs';
import {runTool} from '../run.mjs';

const source = 'packages/client/src';

/**
 * Runs test files in one of Vitest's projects. What fails outside of any test (a page that closed, an error that nobody
 * caught) makes the process's exit code 1.
 *
 * @param {string} folder for the report
 * @param {string} project
 * @param {readonly string[]} files below the client's source
 * @returns {Promise<import('./lines.mjs').Result[]>}
 */
export async function askVitest(folder, project, files) {
  const output = join(folder, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const paths = files.map(file => `${source}/${file}`);
  const code = await runTool('vitest/vitest.mjs', ['run', '--project', project, ...reporters, ...paths]);
  const report = readReport(output);
  if (!report) throw new Error(`vitest --project ${project} wrote no report; its exit code was ${code}`);
  if (code !== 0) process.exitCode = 1;
  return report.testResults.flatMap((/** @type {any} */ file) => file.assertionResults);
}
