import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {progressReporter} from './progress.mjs';
import {runWatched} from './watched.mjs';

let top: string;
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'kedge-watched-'));
});
afterAll(() => rmSync(top, {recursive: true}));

/** A suite that blocks its thread in its second test, where no limit of the runner's can fire, so many times; then it passes. */
async function standsTimes(times: number) {
  const folder = mkdtempSync(join(top, 'suite-'));
  const visits = join(folder, 'visits');
  const suite = `
    import {appendFileSync, readFileSync} from 'node:fs';
    test('is well', () => {});
    describe('a group', () => {
      test('stands', async () => {
        appendFileSync(${JSON.stringify(visits)}, process.pid + '\\n');
        // Most often the runner has told of its beginning by then; it keeps back what comes within 0.1 s of something else.
        await new Promise(resolve => setTimeout(resolve, 500));
        const count = readFileSync(${JSON.stringify(visits)}, 'utf8').split('\\n').length - 1;
        if (count <= ${times}) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });
    });`;
  writeFileSync(join(folder, 'still.test.mjs'), suite);
  const [notes, log] = [join(folder, 'notes'), join(folder, 'log')];
  const reporters = ['--reporter=json', `--reporter=${progressReporter}`, `--outputFile=${log}`];
  const args = ['run', '--root', folder, '--globals', '--pool=forks', ...reporters];
  // By then the runner has begun, on a busy machine too.
  const {code, stood} = await runWatched('vitest/vitest.mjs', args, {notes, limitMs: 10_000});
  const pids = readFileSync(visits, 'utf8').trim().split('\n').map(Number);
  return {code, stood, pids, report: existsSync(log) ? (JSON.parse(readFileSync(log, 'utf8')) as object) : undefined};
}

/** Not one that ended and that nobody asked after, as where the first process of a container is no real init. */
const isAlive = (pid: number) =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], {encoding: 'utf8'}).stdout.trim());

/** The file at least, and the test where the runner has told of it. */
const where = expect.stringMatching(
  /^no test began or ended for 10 s in still\.test\.mjs( > a group > stands| > is well)? \((after still\.test\.mjs > is well|before the first test)\)$/,
) as string;

describe.concurrent('a run that stands', {timeout: 120_000}, () => {
  test('is ended with all that it started, and run once more', async ({expect}) => {
    const {code, stood, pids, report} = await standsTimes(1);
    expect(stood).toEqual([where]);
    expect([code, pids.length]).toEqual([0, 2]);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    expect(report).toMatchObject({numPassedTests: 2, numFailedTests: 0});
  });

  test('and stands again has failed, and says where', async ({expect}) => {
    const {code, stood, pids, report} = await standsTimes(2);
    expect(stood).toEqual([where, where]);
    expect([code, pids.length, report]).toEqual([124, 2, undefined]);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});
