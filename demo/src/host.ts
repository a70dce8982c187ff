import type {Consent, Kedge, Model} from '@kedge/client';
import type {DemoConfig} from './config.js';

/** What the page gives to its tabs. */
export interface Host {
  /** Fetched once; a failed fetch is tried again by the next call. @throws ConfigError */
  config(): Promise<DemoConfig>;
  /** The client that tells the collector what the visitor agreed to. The first call starts its worker. */
  telling(): Promise<Kedge>;
  /** The client without a collector: nothing of what it does is told. The first call starts its worker. */
  quiet(): Promise<Kedge>;
  /** Shows where a model comes from and what is stored, once it has come or another one answers; nothing while another tab is shown. */
  showModel(kedge: Kedge, model: Model): Promise<void>;
  showTelling(): Promise<void>;
}

/** One of the page's demos; its code is fetched when it is first shown. */
export interface Tab {
  /** Now, and each time that the visitor comes back to it. */
  shown(): Promise<void>;
  /** The visitor has gone to another one. */
  hidden(): void;
  /** Everything is about to be forgotten. */
  stop(): void;
  becomeUnit?(id: string): Promise<void>;
  consentChanged?(value: Consent): void;
}
