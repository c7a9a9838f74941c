// What a page and the worker that runs its session say to each other.
import type { Description } from './description.js';
import type { EngineOptions } from './engine.js';
import type { PlainError } from './errors.js';
import type { LoadOptions, Progress } from './loader.js';
import type { Memory, Outputs, RunOptions } from './local.js';
import type { SentSource } from './source.js';
import type { Tensor, Value } from './tensor.js';
import { Tensor as TensorClass } from './tensor.js';
import type { Feeds } from './transfer.js';

export interface LoadMessage {
  readonly model: SentSource;
  readonly engine: EngineOptions;
  readonly options: Pick<LoadOptions, 'maxMemory' | 'optimization' | 'withoutPasses' | 'base'> & {
    readonly externalData?: Readonly<Record<string, SentSource>> | undefined;
  };
}

export interface Calls {
  load: (message: LoadMessage) => Description;
  run: (feeds: Feeds, options: RunOptions) => Outputs;
  memory: () => Memory;
  profile: (feeds: Feeds, seconds: number) => unknown;
  trim: (maxBytes: number) => void;
}

export interface Request {
  readonly id: number;
  readonly call: keyof Calls | 'abort';
  readonly parameters: readonly any[];
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PlainError }
  | { readonly id: number; readonly progress: Progress };

interface PlainTensor {
  readonly type: Tensor['type'];
  readonly data: Tensor['data'];
  readonly dims: readonly number[];
}
export type PlainValue = PlainTensor | readonly PlainValue[] | undefined;

/** A value as it survives structured cloning, and back. */
export function plainValue(value: Value): PlainValue {
  if (value === undefined) return undefined;
  if (value instanceof TensorClass) return { type: value.type, data: value.data, dims: value.dims };
  return (value as readonly Value[]).map(plainValue);
}

export function valueOf(plain: PlainValue): Value {
  if (plain === undefined) return undefined;
  if ('type' in plain) return new TensorClass(plain.type, plain.data, plain.dims);
  return (plain as readonly PlainValue[]).map(valueOf);
}

/** The buffers of values, each once. */
export function buffersOf(values: Iterable<PlainValue>, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  for (const value of values) {
    if (value === undefined) continue;
    if (!('type' in value)) buffersOf(value as readonly PlainValue[], found);
    else if (ArrayBuffer.isView(value.data) && value.data.buffer instanceof ArrayBuffer) found.add(value.data.buffer);
  }
  return found;
}
