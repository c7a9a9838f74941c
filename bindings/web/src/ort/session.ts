import type { ValueDescription } from '../description.js';
import { WedgeError } from '../errors.js';
import { Session, type SessionOptions as Options } from '../session.js';
import type { ModelSource } from '../source.js';
import { Tensor as Plain, type TensorLike, type Value } from '../tensor.js';
import { environmentOptions } from './env.js';
import { Tensor } from './tensor.js';

export namespace InferenceSession {
  export type OnnxValueMapType = { readonly [name: string]: Tensor };
  export type NullableOnnxValueMapType = { readonly [name: string]: Tensor | null };
  /** Tensors by the names of inputs; those of onnxruntime-common serve as well. */
  export type FeedsType = { readonly [name: string]: TensorLike };
  export type FetchesType = readonly string[] | { readonly [name: string]: TensorLike | null };
  export type ReturnType = OnnxValueMapType;
  export type ExecutionProviderConfig = string | { readonly name: string };

  export interface ExternalDataFile {
    readonly path: string;
    readonly data: string | Blob | Uint8Array | ArrayBufferLike;
  }

  /** Those of onnxruntime-common. What does not apply here is accepted and has no effect. */
  export interface SessionOptions {
    readonly executionProviders?: readonly ExecutionProviderConfig[];
    readonly intraOpNumThreads?: number;
    readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
    readonly externalData?: readonly (ExternalDataFile | string)[];
    readonly interOpNumThreads?: number;
    readonly freeDimensionOverrides?: { readonly [name: string]: number };
    readonly enableCpuMemArena?: boolean;
    readonly enableMemPattern?: boolean;
    readonly executionMode?: 'sequential' | 'parallel';
    readonly optimizedModelFilePath?: string;
    readonly enableProfiling?: boolean;
    readonly profileFilePrefix?: string;
    readonly logId?: string;
    readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
    readonly logVerbosityLevel?: number;
    readonly preferredOutputLocation?: Tensor.DataLocation | { readonly [name: string]: Tensor.DataLocation };
    readonly enableGraphCapture?: boolean;
    readonly extra?: Record<string, unknown>;
  }
  export interface RunOptions {
    readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
    readonly logVerbosityLevel?: number;
    readonly terminate?: boolean;
    readonly tag?: string;
    readonly extra?: Record<string, unknown>;
  }

  export interface TensorValueMetadata {
    readonly name: string;
    readonly isTensor: true;
    readonly type: Tensor.Type;
    readonly shape: readonly (number | string)[];
  }
  export interface NonTensorValueMetadata {
    readonly name: string;
    readonly isTensor: false;
  }
  export type ValueMetadata = TensorValueMetadata | NonTensorValueMetadata;
}

export interface InferenceSession {
  run(feeds: InferenceSession.FeedsType, options?: InferenceSession.RunOptions): Promise<InferenceSession.ReturnType>;
  run(feeds: InferenceSession.FeedsType, fetches: InferenceSession.FetchesType, options?: InferenceSession.RunOptions): Promise<InferenceSession.ReturnType>;
  release(): Promise<void>;
  startProfiling(): void;
  endProfiling(): void;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];
}

export interface InferenceSessionFactory {
  create(uri: string, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  create(buffer: ArrayBufferLike, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  create(buffer: ArrayBufferLike, byteOffset: number, byteLength?: number, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  create(buffer: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
}

const levels = { disabled: 'none', basic: 'basic', extended: 'all', layout: 'all', all: 'all' } as const;

function loadOptions(options: InferenceSession.SessionOptions): Options {
  const { intraOpNumThreads, graphOptimizationLevel, externalData } = options;
  const files = externalData?.map((file) => (typeof file === 'string' ? [file.split('/').at(-1)!, file] : [file.path.replace(/^\.\//, ''), file.data]) as [string, ModelSource]);
  return {
    ...environmentOptions(),
    ...(intraOpNumThreads !== undefined && intraOpNumThreads > 0 && { threads: intraOpNumThreads }),
    ...(graphOptimizationLevel !== undefined && { optimization: levels[graphOptimizationLevel] }),
    ...(files !== undefined && { externalData: Object.fromEntries(files) }),
  };
}

const metadataOf = ({ name, type, kind, dims }: ValueDescription): InferenceSession.ValueMetadata =>
  kind === 'tensor' && type !== undefined
    ? { name, isTensor: true, type: type as Tensor.Type, shape: (dims ?? []).map((dim) => dim ?? '') }
    : { name, isTensor: false };

function wrapped(value: Value): Tensor {
  if (value instanceof Plain) return new Tensor(value.type as Tensor.Type, value.data as Tensor.DataType, value.dims);
  return (Array.isArray(value) ? value.map(wrapped) : value) as unknown as Tensor;
}

const isTensor = (value: unknown): value is TensorLike => typeof value === 'object' && value !== null && 'dims' in value;

class Implementation implements InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
    this.inputNames = session.inputs.map(({ name }) => name);
    this.outputNames = session.outputs.map(({ name }) => name);
    this.inputMetadata = session.inputs.map(metadataOf);
    this.outputMetadata = session.outputs.map(metadataOf);
  }

  static async create(model: string | ArrayBufferLike | Uint8Array, first?: number | object, length?: number, last?: object): Promise<Implementation> {
    const sliced = typeof first === 'number' && typeof model !== 'string';
    const source = sliced ? new Uint8Array(model as ArrayBuffer, first, length) : model;
    return new Implementation(await Session.load(source, loadOptions(((sliced ? last : first) ?? {}) as InferenceSession.SessionOptions)));
  }

  async run(feeds: InferenceSession.FeedsType, first?: InferenceSession.FetchesType | InferenceSession.RunOptions): Promise<InferenceSession.ReturnType> {
    if (typeof feeds !== 'object' || feeds === null || isTensor(feeds) || Array.isArray(feeds)) {
      throw new TypeError("'feeds' must be an object that has tensors by the names of inputs");
    }
    const fetches = this.#fetches(first);
    const into = Object.entries(fetches).filter((entry): entry is [string, TensorLike] => entry[1] !== null);
    const results = await this.#session.run(feeds, {
      outputs: Object.keys(fetches),
      ...(into.length > 0 && { into: Object.fromEntries(into.map(([name, { type, data, dims }]) => [name, new Plain(type as 'float32', data as Float32Array, dims)])) }),
    });
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, (fetches[name] as Tensor | null) ?? wrapped(value)]));
  }

  /** The outputs asked for, each with the tensor to write it into or null. */
  #fetches(first: InferenceSession.FetchesType | InferenceSession.RunOptions | undefined): Record<string, TensorLike | null> {
    const all = () => Object.fromEntries(this.outputNames.map((name) => [name, null]));
    if (Array.isArray(first)) {
      const unknown = first.find((name) => !this.outputNames.includes(name));
      if (unknown !== undefined) throw new RangeError(`'fetches' contains invalid output name: ${unknown}.`);
      return Object.fromEntries(first.map((name) => [name, null]));
    }
    const given = Object.entries((first ?? {}) as Record<string, TensorLike | null>).filter(([name, value]) => this.outputNames.includes(name) && (value === null || isTensor(value)));
    return given.length > 0 ? Object.fromEntries(given) : all();
  }

  async release(): Promise<void> {
    this.#session.release();
  }
  /** Session.profile() of this package's own interface tells where the time goes. */
  startProfiling(): void {}
  endProfiling(): void {}
}

export const InferenceSession = Implementation as unknown as InferenceSessionFactory;

/** For onnxruntime-common's registry: registerBackend('wasm', backend, 100). */
export const backend = {
  async init(): Promise<void> {},
  async createInferenceSessionHandler(model: string | Uint8Array, options?: InferenceSession.SessionOptions) {
    if (typeof model !== 'string' && !ArrayBuffer.isView(model)) throw new WedgeError('INVALID_ARGUMENT', 'a model is a URL or bytes');
    const session = await Implementation.create(model, options);
    return Object.assign(session, { dispose: () => session.release() });
  },
};
