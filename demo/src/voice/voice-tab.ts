import type {Kedge, Model} from '@kedge/client';
import {byName, make, setText, show} from '../dom.js';
import {formatMs, formatShare} from '../format.js';
import type {Host, Tab} from '../host.js';
import {Getting} from '../view/getting.js';
import {hideNotice, showNotice} from '../view/notice.js';
import {Providers} from '../view/providers.js';
import {sampleClip, sampleUrl} from './clip.js';
import {frameMs, rate} from './framer.js';
import {Listening} from './listening.js';
import {openMicrophone} from './microphone.js';
import {Plot} from './plot.js';
import {wordsForHeard, wordsForSegment} from './words.js';

const modelName = 'voice-activity';
/** Longer records would only fill memory. */
const longestMs = 5 * 60_000;
/** A second of a clip at a time, so that the curve is seen to grow and a press of Stop is heard. */
const pieceSamples = rate;

/** Is somebody speaking? From the microphone, or a clip that came with the page. */
export class VoiceTab implements Tab {
  readonly #host: Host;
  readonly #getting: Getting;
  readonly #plot = new Plot(byName('voice-plot'));
  readonly #providers = new Providers(byName('voice-providers'));
  readonly #audio = byName<HTMLAudioElement>('voice-audio');
  #kedge: Kedge | undefined;
  #model: Model | undefined;
  #running: AbortController | undefined;
  #listening: Listening | undefined;
  #started = false;
  #shownSegments = -1;
  #following = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#getting = new Getting(byName('voice-getting'), {
      what: 'voice',
      models: [modelName],
      host,
      onReady: (kedge, [model]) => this.#onReady(kedge, model!),
    });
    this.#audio.src = sampleUrl;
    this.#listen();
  }

  async shown(): Promise<void> {
    if (this.#kedge && this.#model) await this.#host.showModel(this.#kedge, this.#model);
    if (this.#started) return;
    this.#started = true;
    await this.#getting.start();
  }

  /** A tab that is not seen must not listen. */
  hidden(): void {
    this.#running?.abort();
    this.#audio.pause();
  }

  stop(): void {
    this.#getting.stop();
    this.#running?.abort();
  }

  #onReady(kedge: Kedge, model: Model): void {
    this.#kedge = kedge;
    this.#model = model;
    show('voice-result', true);
    this.#setRunning(undefined);
    this.#providers.follow(kedge, modelName);
  }

  /** Runs one of both sources; another one that runs is stopped. */
  async #run(words: string, source: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#running?.abort();
    hideNotice();
    const controller = new AbortController();
    this.#setRunning(controller);
    this.#listening = undefined;
    setText('voice-state', words);
    try {
      await source(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) showNotice(error);
    }
    if (this.#running !== controller) return;
    this.#setRunning(undefined);
    this.#finish();
  }

  async #hearClip(signal: AbortSignal): Promise<void> {
    const {rate: inputRate, samples} = await sampleClip(signal);
    const listening = this.#begin(inputRate, signal);
    this.#audio.preload = 'metadata';
    show('voice-audio', true);
    for (let at = 0; at < samples.length; at += pieceSamples)
      await listening.push(samples.subarray(at, at + pieceSamples));
  }

  async #hearMicrophone(signal: AbortSignal): Promise<void> {
    show('voice-audio', false);
    this.#audio.pause();
    const microphone = await openMicrophone(signal);
    const listening = this.#begin(microphone.rate, signal);
    setText('voice-state', 'Listening. Say something; nothing of it is kept.');
    try {
      await new Promise<void>((end, fail) => {
        signal.addEventListener('abort', () => end(), {once: true});
        const onSound = (samples: Float32Array) => {
          listening.push(samples).catch(fail);
          if (listening.heard.probabilities.length * frameMs >= longestMs) end();
        };
        microphone.listen(onSound, fail);
      });
    } finally {
      microphone.close();
    }
  }

  #begin(inputRate: number, signal: AbortSignal): Listening {
    this.#shownSegments = -1;
    const listening = new Listening(this.#model!, inputRate, signal, () => this.#showHeard());
    this.#listening = listening;
    this.#plot.playAt(undefined);
    return listening;
  }

  #showHeard(): void {
    const heard = this.#listening!.heard;
    this.#plot.show(heard);
    const newest = heard.probabilities.at(-1) ?? 0;
    setText('voice-now', formatShare(newest));
    const last = heard.segments.at(-1);
    byName('voice-lamp').dataset['speech'] = String(last !== undefined && last.endMs === undefined);
    if (this.#shownSegments === heard.segments.length && last?.endMs === undefined) return;
    this.#shownSegments = heard.segments.length;
    byName('voice-segments').replaceChildren(
      ...heard.segments.map(segment => make('li', '', wordsForSegment(segment))),
    );
  }

  #finish(): void {
    const listening = this.#listening;
    if (!listening) return setText('voice-state', 'Stopped.');
    listening.finish();
    const {probabilities, dropped} = listening.heard;
    const late = dropped > 0 ? ` ${formatMs(dropped * frameMs)} were left out: this device was too slow.` : '';
    const words = wordsForHeard(listening.heard, probabilities.length * frameMs);
    setText('voice-state', words + late);
    byName('voice-plot').ariaLabel = `Probability of speech over time. ${words}`;
  }

  #setRunning(controller: AbortController | undefined): void {
    this.#running = controller;
    const ready = this.#model !== undefined;
    byName<HTMLButtonElement>('voice-start').disabled = !ready || controller !== undefined;
    byName<HTMLButtonElement>('voice-sample').disabled = !ready || controller !== undefined;
    byName<HTMLButtonElement>('voice-stop').disabled = controller === undefined;
    byName('voice-lamp').dataset['running'] = String(controller !== undefined);
  }

  #listen(): void {
    const on = (name: string, act: () => unknown) => byName(name).addEventListener('click', () => void act());
    on('voice-start', () => this.#run('Waiting for the microphone', signal => this.#hearMicrophone(signal)));
    on('voice-sample', () => this.#run('Hearing the clip', signal => this.#hearClip(signal)));
    on('voice-stop', () => this.#running?.abort());
    const audio = this.#audio;
    for (const type of ['play', 'timeupdate', 'seeked']) audio.addEventListener(type, () => this.#follow());
    audio.addEventListener('ended', () => this.#plot.playAt(undefined));
  }

  /** The mark follows the clip smoothly: `timeupdate` comes four times a second only. */
  #follow(): void {
    cancelAnimationFrame(this.#following);
    this.#plot.playAt(this.#audio.currentTime * 1000);
    if (!this.#audio.paused && !this.#audio.ended) this.#following = requestAnimationFrame(() => this.#follow());
  }
}
