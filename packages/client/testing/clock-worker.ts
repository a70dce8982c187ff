// A device whose clock is wrong by as many hours as the worker's name says.
import '../src/onnx/worker.js';

const offMs = Number(self.name) * 3_600_000;
const now = Date.now.bind(Date);
self.Date = class extends Date {
  constructor(...args: [] | [string | number]) {
    if (args.length === 0) super(now() + offMs);
    else super(args[0]);
  }
  static override now = () => now() + offMs;
} as DateConstructor;
