// Compiles if the types of wedge-onnx/ort can stand for those of onnxruntime-common, and says what users may write.
import type * as common from 'onnxruntime-common';
import { registerBackend } from 'onnxruntime-common';
import { Session, Tensor, type WedgeError } from '../../src/index.js';
import byDefault, * as ort from '../../src/ort.js';

declare const ours: ort.InferenceSession;
declare const theirs: common.Tensor;

export const session: common.InferenceSession = ours;
export const factory: common.InferenceSessionFactory = ort.InferenceSession;
export const tensor: common.Tensor = new ort.Tensor('float32', [1, 2], [2]);
export const typed: common.TypedTensor<'int64'> = new ort.Tensor('int64', [1n], [1]);
export const env: common.Env = byDefault.env;
export const options: ort.InferenceSession.SessionOptions = {} as common.InferenceSession.SessionOptions;
export const metadata: readonly common.InferenceSession.ValueMetadata[] = ours.inputMetadata;
registerBackend('wasm', ort.backend, 100);

export async function program(): Promise<number> {
  const made = await ort.InferenceSession.create('model.onnx', { executionProviders: ['wasm', { name: 'webgpu' }] });
  const results = await made.run({ x: new ort.Tensor(new Float32Array(3), [1, 3]), y: theirs });
  const data: Float32Array = results['z']!.data as Float32Array;
  const flags: ort.TypedTensor<'bool'> = new ort.Tensor([true, false]);
  const kind: ort.Tensor.Type = flags.type;
  await made.release();
  return data.length + kind.length;
}

export async function plain(bytes: Uint8Array, signal: AbortSignal): Promise<Float32Array> {
  using loaded = await Session.load(bytes, { threads: 2, maxMemory: 1e9, signal, onProgress: ({ loaded: count }) => void count });
  const outputs = await loaded.run({ x: new Float32Array(4), y: new Tensor('int64', [1, 2]), z: theirs });
  const first = outputs['y'];
  return first instanceof Tensor && first.type === 'float32' ? (first.data as Float32Array) : new Float32Array();
}

export const codeOf = (error: WedgeError): string => `${error.code} ${error.node ?? ''}`;

// @ts-expect-error: a type that is none
new Tensor('float31', [1]);
