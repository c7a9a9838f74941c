// The interface of onnxruntime-web, for programs that are written for it.
// Reaches what the package is made of, so that it is cut into few files: those are loaded sooner than many.
import './index.js';
import { env } from './ort/env.js';
import { InferenceSession } from './ort/session.js';
import { Tensor } from './ort/tensor.js';

export { env, type Env } from './ort/env.js';
export { InferenceSession, backend, type InferenceSessionFactory } from './ort/session.js';
export { Tensor, type TensorConstructor, type TypedTensor } from './ort/tensor.js';

/** Accepted and left alone: the sessions of this module run on its own engine. */
export function registerBackend(_name: string, _backend: object, _priority: number): void {}

export default { env, InferenceSession, Tensor, registerBackend };
