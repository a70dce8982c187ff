import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import type {Plugin} from 'vite';
import {voiceFrames} from './voice.js';

const model = createRequire(import.meta.url).resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx');

/** For tests in the browser: Silero VAD v5, and what onnxruntime-node says of `voiceFrames`, its state carried by hand. */
export function voiceReference(): Plugin {
  return {
    name: 'voice-reference',
    configureServer(server) {
      server.middlewares.use('/voice/model.onnx', (_, response) => {
        void readFile(model).then(bytes => response.end(bytes));
      });
      server.middlewares.use('/voice/expected', (request, response) => {
        const count = Number(request.url?.split('=')[1]);
        void expected(count).then(answers => response.end(JSON.stringify(answers)));
      });
    },
  };
}

/** The probability and the state after each frame. */
async function expected(count: number): Promise<{output: number; state: number[]}[]> {
  const {InferenceSession, Tensor} = await import('onnxruntime-node');
  const session = await InferenceSession.create(model, {intraOpNumThreads: 1});
  const sr = new Tensor('int64', BigInt64Array.of(16_000n), []);
  let state = new Tensor('float32', new Float32Array(256), [2, 1, 128]);
  const answers = [];
  for (const frame of voiceFrames(count)) {
    const {output, stateN} = await session.run({input: new Tensor('float32', frame, [1, frame.length]), state, sr});
    state = stateN as typeof state;
    answers.push({output: (output!.data as Float32Array)[0]!, state: [...state.data]});
  }
  await session.release();
  return answers;
}
