import './without-jspi.js';
// eslint-disable-next-line kedge/floors -- what bundlers follow to from `onnx()` is no entry of the package
import '../../../packages/client/build/onnx/worker.js';
