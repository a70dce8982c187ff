import {createKedge, type ExecutionProvider, type Kedge, type KedgeOptions} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {tfjs} from '@kedge/client/tfjs';

export interface OpenOptions extends Partial<Pick<KedgeOptions, 'unitId' | 'attributes' | 'collector'>> {
  providers?: readonly ExecutionProvider[];
}

declare global {
  interface Window {
    /** A client of this page's server, as its `/config.json` says. */
    openKedge(options?: OpenOptions): Promise<Kedge>;
  }
}

window.openKedge = async ({providers, ...options} = {}) => {
  const config = (await (await fetch('/config.json')).json()) as KedgeOptions;
  return createKedge({
    ...config,
    unitId: 'unit-1',
    ...options,
    runtimes: [onnx(providers ? {providers} : {}), tfjs(providers ? {providers} : {})],
  });
};
