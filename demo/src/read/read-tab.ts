import type {Kedge, Model} from '@kedge/client';
import {byName, setText, show} from '../dom.js';
import {formatMs} from '../format.js';
import type {Host, Tab} from '../host.js';
import {Getting} from '../view/getting.js';
import {showNotice} from '../view/notice.js';
import {Providers} from '../view/providers.js';
import {decodePhoto, pictureAmong} from './photo.js';
import {type ReadLine, read} from './reader.js';
import {drawSample} from './sample-picture.js';
import {Sheet} from './sheet.js';
import {lineItem} from './show-lines.js';
import {listenForLine} from './written-line.js';

const detectionName = 'text-detection';
const recognitionName = 'text-recognition';
/** A word is rarely written in one stroke. */
const strokePauseMs = 800;

interface Ready {
  kedge: Kedge;
  detection: Model;
  recognition: Model;
}

/** A line of text from a photo, a drawing or the keyboard. */
export class ReadTab implements Tab {
  readonly #host: Host;
  readonly #getting: Getting;
  readonly #sheet: Sheet;
  readonly #providers = new Providers(byName('read-providers'));
  #ready: Ready | undefined;
  #reading: AbortController | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #isShown = false;
  #started = false;

  constructor(host: Host) {
    this.#host = host;
    this.#sheet = new Sheet(byName('sheet'), byName('sheet-boxes'), () => this.#strokeEnded());
    this.#getting = new Getting(byName('read-getting'), {
      what: 'read',
      models: [detectionName, recognitionName],
      host,
      onReady: (kedge, [detection, recognition]) =>
        this.#onReady({kedge, detection: detection!, recognition: recognition!}),
    });
    this.#listen();
  }

  async shown(): Promise<void> {
    this.#isShown = true;
    if (this.#ready) await this.#host.showModel(this.#ready.kedge, this.#ready.recognition);
    if (this.#started) return;
    this.#started = true;
    await this.#getting.start();
  }

  hidden(): void {
    this.#isShown = false;
  }

  stop(): void {
    this.#getting.stop();
    this.#reading?.abort();
  }

  #onReady(ready: Ready): void {
    this.#ready = ready;
    show('read-result', true);
    byName<HTMLButtonElement>('read-it').disabled = false;
    this.#providers.follow(ready.kedge, detectionName, recognitionName);
    void this.#read();
  }

  #strokeEnded(): void {
    show('sheet-hint', false);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#read(), strokePauseMs);
  }

  #changed(): void {
    show('sheet-hint', this.#sheet.isEmpty);
    void this.#read();
  }

  /** Reads what is on the sheet now; what was being read is given up. */
  async #read(): Promise<void> {
    this.#reading?.abort();
    this.#showLines([]);
    setText('read-time', '');
    if (!this.#ready || this.#sheet.isEmpty) return setText('read-state', 'Nothing to read yet.');
    const {signal} = (this.#reading = new AbortController());
    show('read-progress-row', true);
    setText('read-state', 'Looking for lines');
    byName('read-progress').removeAttribute('value');
    try {
      await this.#readNow(this.#ready, signal);
    } catch (error) {
      if (!signal.aborted) showNotice(error, () => void this.#read());
      if (this.#reading?.signal === signal)
        setText('read-state', signal.aborted ? 'Cancelled.' : 'It could not be read.');
    } finally {
      if (this.#reading?.signal === signal) show('read-progress-row', false);
    }
  }

  async #readNow(models: Ready, signal: AbortSignal): Promise<void> {
    const start = performance.now();
    const lines = await read(models, this.#sheet.picture, (width, height) => this.#sheet.resized(width, height), {
      signal,
      onProgress: ({boxes, done, lines}) => {
        this.#sheet.showBoxes(boxes, done);
        this.#showProgress(done, boxes.length);
        this.#showLines(lines);
      },
    });
    const count = lines.length === 1 ? '1 line' : `${lines.length} lines`;
    setText('read-state', lines.length === 0 ? 'No text was found in it.' : `Read ${count}.`);
    const {served} = models.recognition;
    setText('read-time', `${formatMs(performance.now() - start)} on ${served.executionProvider ?? 'nothing'}`);
  }

  #showProgress(done: number, total: number): void {
    const bar = byName<HTMLProgressElement>('read-progress');
    bar.max = Math.max(1, total);
    bar.value = done;
    if (done < total) setText('read-state', `Reading ${done + 1} of ${total}`);
  }

  #showLines(lines: readonly ReadLine[]): void {
    byName('read-lines').replaceChildren(...lines.map(lineItem));
  }

  async #usePhoto(file: File | undefined): Promise<void> {
    if (!file) return;
    try {
      const photo = await decodePhoto(file);
      this.#sheet.showPhoto(photo);
      photo.close();
      this.#changed();
    } catch (error) {
      showNotice(error);
    }
  }

  #write(): void {
    const text = byName('read-text').textContent.trim();
    if (!text) return;
    this.#sheet.write(text);
    this.#changed();
  }

  #listen(): void {
    const on = (name: string, act: () => unknown) => byName(name).addEventListener('click', () => void act());
    on('read-it', () => this.#read());
    on('reading-cancel', () => this.#reading?.abort());
    on('read-sample', () => {
      this.#sheet.paint(drawSample);
      this.#changed();
    });
    on('read-clear', () => {
      this.#sheet.clear();
      this.#changed();
    });
    on('read-write', () => this.#write());
    listenForLine(byName('read-text'), () => this.#write());
    on('read-choose', () => byName('read-file').click());
    const input = byName<HTMLInputElement>('read-file');
    input.addEventListener('change', () => {
      void this.#usePhoto(input.files?.[0]);
      // The same file may be chosen again.
      input.value = '';
    });
    this.#listenForFiles();
  }

  #listenForFiles(): void {
    const frame = byName('sheet-frame');
    frame.addEventListener('dragover', event => {
      event.preventDefault();
      frame.classList.add('is-over');
    });
    frame.addEventListener('dragleave', () => frame.classList.remove('is-over'));
    frame.addEventListener('drop', event => {
      event.preventDefault();
      frame.classList.remove('is-over');
      void this.#usePhoto(pictureAmong(event.dataTransfer?.files) ?? event.dataTransfer?.files[0]);
    });
    document.addEventListener('paste', event => {
      if (this.#isShown) void this.#usePhoto(pictureAmong(event.clipboardData?.files));
    });
  }
}
