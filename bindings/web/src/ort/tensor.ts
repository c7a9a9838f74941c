// Tensors as onnxruntime-common has them: the same constructors, types and members, with elements in this thread's memory.
import { WedgeError } from '../errors.js';
import { Tensor as Plain, type Elements } from '../tensor.js';
import type { Arrays } from '../types.js';
import { fromImage, toDataURL, toImageData, type FromImage, type ImageOptions } from './image.js';

export namespace Tensor {
  export type DataTypeMap = Pick<Arrays, 'float32' | 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32' | 'int64' | 'bool' | 'float16' |
    'float64' | 'uint32' | 'uint64' | 'uint4' | 'int4'> & { string: string[] };
  export type Type = keyof DataTypeMap;
  export type DataType = DataTypeMap[Type];
  export interface ElementTypeMap extends Record<Exclude<Type, 'int64' | 'uint64' | 'string' | 'bool'>, number> {
    int64: bigint;
    uint64: bigint;
    string: string;
    bool: boolean;
  }
  export type ElementType = ElementTypeMap[Type];
  export type DataLocation = 'none' | 'cpu' | 'cpu-pinned' | 'texture' | 'gpu-buffer' | 'ml-tensor';
  export type CpuPinnedDataTypes = Exclude<Type, 'string'>;
}

export interface TypedTensor<T extends Tensor.Type> {
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: Tensor.DataTypeMap[T];
  /** How many elements there are. */
  readonly size: number;
  readonly location: Tensor.DataLocation;
  /** Never there: elements are in this thread's memory. */
  readonly texture: never;
  readonly gpuBuffer: never;
  readonly mlTensor: never;
  getData(releaseData?: boolean): Promise<Tensor.DataTypeMap[T]>;
  dispose(): void;
  reshape(dims: readonly number[]): TypedTensor<T>;
  toDataURL(options?: ImageOptions): string;
  toImageData(options?: ImageOptions): ImageData;
}

export interface Tensor extends Omit<TypedTensor<Tensor.Type>, 'reshape'> {
  reshape(dims: readonly number[]): Tensor;
}

interface PinnedParameters<T extends Tensor.CpuPinnedDataTypes> {
  readonly location: 'cpu-pinned';
  readonly type: T;
  readonly data: Tensor.DataTypeMap[T];
  readonly dims: readonly number[];
}

export interface TensorConstructor {
  new (type: 'string', data: readonly string[], dims?: readonly number[]): TypedTensor<'string'>;
  new (type: 'bool', data: Uint8Array | readonly boolean[], dims?: readonly number[]): TypedTensor<'bool'>;
  new (type: 'uint8', data: Uint8ClampedArray, dims?: readonly number[]): TypedTensor<'uint8'>;
  new <T extends 'uint64' | 'int64'>(type: T, data: Tensor.DataTypeMap[T] | readonly bigint[] | readonly number[], dims?: readonly number[]): TypedTensor<T>;
  new <T extends Exclude<Tensor.Type, 'string' | 'bool' | 'uint64' | 'int64'>>(type: T, data: Tensor.DataTypeMap[T] | readonly number[], dims?: readonly number[]): TypedTensor<T>;
  new (data: Float32Array, dims?: readonly number[]): TypedTensor<'float32'>;
  new (data: Int8Array, dims?: readonly number[]): TypedTensor<'int8'>;
  new (data: Uint8Array, dims?: readonly number[]): TypedTensor<'uint8'>;
  new (data: Uint8ClampedArray, dims?: readonly number[]): TypedTensor<'uint8'>;
  new (data: Uint16Array, dims?: readonly number[]): TypedTensor<'uint16'>;
  new (data: Int16Array, dims?: readonly number[]): TypedTensor<'int16'>;
  new (data: Int32Array, dims?: readonly number[]): TypedTensor<'int32'>;
  new (data: BigInt64Array, dims?: readonly number[]): TypedTensor<'int64'>;
  new (data: readonly string[], dims?: readonly number[]): TypedTensor<'string'>;
  new (data: readonly boolean[], dims?: readonly number[]): TypedTensor<'bool'>;
  new (data: Float64Array, dims?: readonly number[]): TypedTensor<'float64'>;
  new (data: Uint32Array, dims?: readonly number[]): TypedTensor<'uint32'>;
  new (data: BigUint64Array, dims?: readonly number[]): TypedTensor<'uint64'>;
  new <T extends Tensor.CpuPinnedDataTypes>(parameters: PinnedParameters<T>): TypedTensor<T>;
  new (type: Tensor.Type, data: Tensor.DataType | readonly number[] | readonly string[] | readonly bigint[] | readonly boolean[], dims?: readonly number[]): Tensor;
  new (data: Tensor.DataType, dims?: readonly number[]): Tensor;
  fromImage: FromImage;
  fromPinnedBuffer<T extends Tensor.CpuPinnedDataTypes>(type: T, buffer: Tensor.DataTypeMap[T], dims?: readonly number[]): TypedTensor<T>;
  /** Refused: the engine computes on the processor. */
  fromTexture(): never;
  fromGpuBuffer(): never;
  fromMLTensor(): never;
}

const refused = (what: string) => new WedgeError('UNSUPPORTED', `${what}: the engine computes on the processor; give the elements`);

interface HalfArray {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Uint16Array;
  from(values: readonly number[]): Uint16Array;
}
/** As in onnxruntime-common: numbers where the engine has an array for them, else bits. Its types say bits throughout. */
const { Float16Array: Halves } = globalThis as unknown as { Float16Array?: HalfArray };

class Implementation {
  readonly type: Tensor.Type;
  readonly dims: readonly number[];
  readonly size: number;
  #data: Tensor.DataType | undefined;
  #location: Tensor.DataLocation = 'cpu';

  constructor(first: Tensor.Type | Elements | PinnedParameters<Tensor.CpuPinnedDataTypes>, second?: Elements | readonly number[], third?: readonly number[]) {
    let plain: Plain;
    if (typeof first === 'object' && 'location' in first) {
      if (first.location !== 'cpu-pinned') throw refused(`a tensor in a ${String(first.location)}`);
      plain = new Plain(first.type, first.data, first.dims);
      this.#location = 'cpu-pinned';
    } else {
      const numbers = first === 'float16' && Array.isArray(second) ? Halves?.from(second as unknown as readonly number[]) : undefined;
      plain = typeof first === 'string' ? new Plain(first, numbers ?? (second as Elements), third) : new Plain(first, second as readonly number[]);
    }
    this.type = plain.type as Tensor.Type;
    this.dims = plain.dims;
    this.size = plain.size;
    const { buffer, byteOffset, length } = plain.data as Uint16Array;
    const isHalf = Halves !== undefined && plain.type === 'float16';
    this.#data = isHalf ? new Halves(buffer, byteOffset, length) : (plain.data as Tensor.DataType);
  }

  get data(): Tensor.DataType {
    if (this.#data === undefined) throw new WedgeError('INVALID_ARGUMENT', 'the tensor is disposed');
    return this.#data;
  }
  get location(): Tensor.DataLocation {
    return this.#location;
  }
  get texture(): never {
    throw refused('texture');
  }
  get gpuBuffer(): never {
    throw refused('gpuBuffer');
  }
  get mlTensor(): never {
    throw refused('mlTensor');
  }

  async getData(): Promise<Tensor.DataType> {
    return this.data;
  }
  dispose(): void {
    this.#data = undefined;
    this.#location = 'none';
  }
  reshape(dims: readonly number[]): Implementation {
    return new Implementation(this.type, this.data, dims);
  }
  toImageData(options?: ImageOptions): ImageData {
    return toImageData(this, options);
  }
  toDataURL(options?: ImageOptions): string {
    return toDataURL(this, options);
  }

  static async fromImage(image: ImageData | ImageBitmap, options?: ImageOptions): Promise<Implementation> {
    const { type, data, dims } = await fromImage(image, options);
    return new Implementation(type, data, dims);
  }
  static fromPinnedBuffer(type: Tensor.CpuPinnedDataTypes, buffer: Elements, dims?: readonly number[]): Implementation {
    return new Implementation(type, buffer, dims);
  }
  static fromTexture(): never {
    throw refused('a texture');
  }
  static fromGpuBuffer(): never {
    throw refused('a GPU buffer');
  }
  static fromMLTensor(): never {
    throw refused('an MLTensor');
  }
}

export const Tensor = Implementation as unknown as TensorConstructor;
