// The interface of onnxruntime-web, for programs that are written for it.
// Reaches what the package is made of, so that it is cut into few files: those are loaded sooner than many.
import './index.js';

export { env, type Env } from './ort/env.js';
export { InferenceSession, backend, type InferenceSessionFactory } from './ort/session.js';
export { Tensor, type TensorConstructor, type TypedTensor } from './ort/tensor.js';
