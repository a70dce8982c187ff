import {fileURLToPath} from 'node:url';
import {launchOptions} from '../../scripts/browser.mjs';
import type {DemoPage} from '../fixtures/demo-page.js';
import {expect, test} from '../fixtures/test.js';

/** The clip is what the browser's fake microphone hears, over and over. */
const clip = fileURLToPath(new URL('../../demo/src/voice/sample.wav', import.meta.url));
const {args, ...launch} = launchOptions();
test.use({
  launchOptions: {
    ...launch,
    args: [...args, '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${clip}`],
  },
});

/** The stretches of speech that are shown, in seconds. */
async function stretches(demo: DemoPage): Promise<number[][]> {
  const texts = await demo.get('voice-segments').getByRole('listitem').allTextContents();
  return texts.map(text => [...text.matchAll(/[\d.]+/g)].map(([number]) => Number(number)));
}

function expectClip(found: number[][]): void {
  expect(found).toHaveLength(2);
  for (const [i, [start, end]] of [
    [0.9, 2],
    [3.1, 4.2],
  ].entries()) {
    expect(Math.abs(found[i]![0]! - start!)).toBeLessThan(0.25);
    expect(Math.abs(found[i]![1]! - end!)).toBeLessThan(0.3);
  }
}

test('the clip has speech where it was put, and the page shows where that was computed', async ({demo, traffic}) => {
  await demo.open({path: '/#voice'});
  await demo.getModels('voice');
  await demo.get('voice-sample').click();
  await expect(demo.get('voice-state')).toHaveText(/^5\.\d s heard: 2 stretches of speech/);
  expectClip(await stretches(demo));
  await expect(demo.get('voice-plot')).toHaveAccessibleName(/2 stretches of speech/);
  await expect(demo.get('providers-voice-activity')).toHaveAttribute('data-measured', 'true');
  expect(traffic.requests.filter(({method}) => method !== 'GET')).toEqual([]);
});

test('the microphone is heard live, and released by Stop and by leaving the tab', async ({demo, page, context}) => {
  await context.grantPermissions(['microphone']);
  await page.addInitScript(() => {
    const {mediaDevices} = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async constraints => {
      const stream = await ask(constraints);
      Object.assign(window, {lastStream: stream});
      return stream;
    };
  });
  const tracks = () =>
    page.evaluate(() =>
      (window as unknown as {lastStream: MediaStream}).lastStream.getTracks().map(track => track.readyState),
    );
  await demo.open({path: '/#voice'});
  await demo.getModels('voice');
  await demo.get('voice-start').click();
  await expect(demo.get('voice-state')).toContainText('Listening');
  await expect(demo.get('voice-segments').getByRole('listitem')).not.toHaveCount(0);
  expect(await tracks()).toEqual(['live']);
  await demo.get('voice-stop').click();
  expect(await tracks()).toEqual(['ended']);
  await expect(demo.get('voice-state')).toHaveText(/ s heard: \d+ stretch/);

  await demo.get('voice-start').click();
  await expect(demo.get('voice-state')).toContainText('Listening');
  await demo.get('tab-digits').click();
  await expect.poll(tracks).toEqual(['ended']);
});

test('Stop ends the waiting for an answer about the microphone, and one that is allowed later is released', async ({
  demo,
  page,
  context,
}) => {
  await context.grantPermissions(['microphone']);
  await page.addInitScript(() => {
    const {mediaDevices} = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async constraints => {
      await new Promise<void>(resolve => Object.assign(window, {allow: resolve}));
      const stream = await ask(constraints);
      Object.assign(window, {lastStream: stream});
      return stream;
    };
  });
  await demo.open({path: '/#voice'});
  await demo.getModels('voice');
  await demo.get('voice-start').click();
  await expect(demo.get('voice-state')).toHaveText('Waiting for the microphone');
  await demo.get('voice-stop').click();
  await expect(demo.get('voice-state')).toHaveText('Stopped.');
  await expect(demo.get('voice-start')).toBeEnabled();
  await expect(demo.get('notice')).toBeHidden();
  const states = () =>
    page.evaluate(() => {
      const {lastStream} = window as unknown as {lastStream?: MediaStream};
      return lastStream?.getTracks().map(track => track.readyState);
    });
  expect(await states()).toBeUndefined();
  await page.evaluate(() => (window as unknown as {allow: () => void}).allow());
  await expect.poll(states).toEqual(['ended']);
  await expect(demo.get('voice-state')).toHaveText('Stopped.');
});

test('a microphone that is refused is told, and the clip goes on working', async ({demo}) => {
  await demo.open({path: '/#voice'});
  await demo.getModels('voice');
  await demo.get('voice-start').click();
  await expect(demo.get('notice-what')).toHaveText('This page may not use the microphone.');
  await demo.get('voice-sample').click();
  await expect(demo.get('notice')).toBeHidden();
  await expect(demo.get('voice-state')).toContainText('2 stretches');
});

test('a second visit without network or server hears the clip', async ({demo, server, context, page}) => {
  await demo.open({path: '/#voice'});
  await demo.getModels('voice');
  await expect(demo.get('offline')).toHaveAttribute('data-offline', 'complete');
  await server.stop();
  await context.setOffline(true);
  await page.reload();
  await expect(demo.get('voice-getting')).toHaveAttribute('data-state', 'ready');
  await demo.get('voice-sample').click();
  await expect(demo.get('voice-state')).toContainText('2 stretches');
  expectClip(await stretches(demo));
});
