// The interface of onnxruntime-web, for programs that are written for it.
import './index.js';

export { env, type Env } from './ort/env.js';
export { InferenceSession, backend, type InferenceSessionFactory } from './ort/session.js';
export { Tensor, type TensorConstructor, type TypedTensor } from './ort/tensor.js';
