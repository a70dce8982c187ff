import type {Progress} from '@kedge/client';
import {byName, rows, setText, show} from '../dom.js';
import {formatBytes} from '../format.js';
import type {Offer} from '../offer.js';
import type {RuntimeProgress} from '../offline/plan.js';

/** What “Get the model” would download, before it is pressed. */
export function showOffer(offer: Offer): void {
  const models = offer.versions.map(({version, bytes}) => `${version}: ${formatBytes(bytes)}`).join(', or ');
  byName('offer-list').replaceChildren(
    ...rows([
      ['Model', models || 'none is released'],
      ['Runtime', `up to ${formatBytes(__RUNTIME_BYTES__)}, less on the wire where the server compresses`],
      ['This page', 'a copy, so that it works offline'],
    ]),
  );
  setText(
    'offer-trust',
    `Release ${offer.release} is signed by a key that this page trusts. Which version is yours is decided on this device.`,
  );
  byName<HTMLButtonElement>('get-model').disabled = offer.versions.length === 0;
}

export function showRuntime({loadedBytes, totalBytes}: Pick<RuntimeProgress, 'loadedBytes' | 'totalBytes'>): void {
  show('runtime-row', true);
  const bar = byName<HTMLProgressElement>('runtime-progress');
  bar.max = totalBytes || 1;
  bar.value = loadedBytes;
  setText('runtime-bytes', `${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`);
}

export function showProgress(progress: Progress): void {
  showStep(progress.state);
  setText('install-state', wordsForProgress(progress));
  const bar = byName<HTMLProgressElement>('install-progress');
  if (progress.state === 'downloading') {
    bar.max = progress.totalBytes || 1;
    bar.value = progress.loadedBytes;
    const reused = progress.reusedBytes > 0 ? `, ${formatBytes(progress.reusedBytes)} were here already` : '';
    setText('install-bytes', `${formatBytes(progress.loadedBytes)} of ${formatBytes(progress.totalBytes)}${reused}`);
  } else if (progress.state !== 'waiting' && progress.state !== 'patching') bar.value = bar.max;
}

function showStep(state: Progress['state'] | undefined): void {
  byName('install').dataset['state'] = state ?? 'preparing';
  for (const step of byName('steps').querySelectorAll<HTMLElement>('[data-step]'))
    step.ariaCurrent = step.dataset['step'] === state ? 'step' : null;
}

const waitingFor = {
  other_tab: 'Another tab downloads it',
  offline: 'Waiting for the network; what came is kept',
  retry: 'The connection broke; it goes on in a moment',
};

export function wordsForProgress(progress: Progress): string {
  switch (progress.state) {
    case 'waiting':
      return waitingFor[progress.reason];
    case 'downloading':
      return 'Downloading the model and its runtime';
    case 'patching':
      return 'Making it from the version that is here';
    case 'starting':
      return `Starting it on ${progress.provider}`;
    case 'testing':
      return `Testing it on ${progress.provider}: does it give the right numbers here?`;
    case 'ready':
      return 'Ready';
  }
}

export function resetProgress(): void {
  setText('install-state', 'Preparing');
  setText('install-bytes', '');
  showStep(undefined);
  byName('install-progress').removeAttribute('value');
  show('runtime-row', false);
}
