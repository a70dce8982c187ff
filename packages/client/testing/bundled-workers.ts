import {rolldown} from 'rolldown';
import type {Plugin} from 'vite';

/**
 * Serves each worker of the tests as one file, made from its sources: a worker starts in every other test, and by a
 * hundred files it starts a third slower. The runtimes stay outside, as in the built packages.
 */
export function bundledWorkers(): Plugin {
  return {
    name: 'kedge-bundled-workers',
    enforce: 'pre',
    async load(id) {
      const [file = '', query = ''] = id.split('?');
      if (/\burl\b/.test(query) || !/packages\/client\/(src|testing)\/.*\bworker\.ts$/.test(file)) return null;
      const bundle = await rolldown({
        input: file,
        external: [/^onnxruntime-web/, /^@tensorflow\//],
        // A worker is imported for what it does, which the package’s `sideEffects` would drop.
        treeshake: false,
        logLevel: 'silent',
      });
      const {output} = await bundle.generate({format: 'es', codeSplitting: false, sourcemap: true});
      for (const source of await bundle.watchFiles) if (source !== file) this.addWatchFile(source);
      await bundle.close();
      return {code: output[0].code, map: output[0].map as never};
    },
  };
}
