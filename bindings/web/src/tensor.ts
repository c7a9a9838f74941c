import { WedgeError } from './errors.js';
import {
  arrayOfType, isType, lengthFor, typeOfArray,
  type Data, type DataOf, type ElementType, type NumberType, type TypedArray,
} from './types.js';

export type Elements = Data | Uint8ClampedArray | readonly string[] | readonly number[] | readonly bigint[] | readonly boolean[];

const invalid = (message: string) => new WedgeError('INVALID_ARGUMENT', message);

export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0) throw invalid(`a tensor's dims must be whole numbers from 0 on, not [${dims}]`);
    count *= dim;
  }
  return count;
}

/** The same bytes as the array that a type wants, where the one given is as good. */
function reinterpreted(data: ArrayBufferView, type: NumberType): TypedArray | undefined {
  const array = arrayOfType(type);
  if (data instanceof (array as unknown as Function)) return data as TypedArray;
  const given = typeOfArray(data);
  const packed = lengthFor(type, 2) < 2;
  const same = given === type || (given === 'float16' && type === 'bfloat16') || (packed && (given === 'uint8' || given === 'int8'));
  return same ? new array(data.buffer, data.byteOffset, data.byteLength / array.BYTES_PER_ELEMENT) : undefined;
}

function dataOf(type: ElementType, elements: Elements): Data {
  if (type === 'string') {
    if (!Array.isArray(elements)) throw invalid('the data of a string tensor must be an array of strings');
    return elements as string[];
  }
  if (ArrayBuffer.isView(elements)) {
    const data = reinterpreted(elements, type);
    if (data === undefined) {
      throw invalid(`the data of a ${type} tensor must be a ${arrayOfType(type).name}, not a ${elements.constructor.name}`);
    }
    return data;
  }
  if (type.includes('float') && type !== 'float32' && type !== 'float64' || lengthFor(type, 2) < 2) {
    throw invalid(`the data of a ${type} tensor must be a ${arrayOfType(type).name} with the elements' bits`);
  }
  const values = type === 'int64' || type === 'uint64' ? Array.from(elements as readonly number[], BigInt) : elements;
  return arrayOfType(type).from(values);
}

/** The type that elements stand for when the caller does not say. */
export function impliedType(elements: Elements): ElementType {
  if (ArrayBuffer.isView(elements)) {
    const type = typeOfArray(elements);
    if (type !== undefined) return type;
    throw invalid(`a ${(elements as object).constructor.name} cannot be the data of a tensor`);
  }
  const kind = typeof elements[0];
  if (kind === 'string') return 'string';
  if (kind === 'boolean') return 'bool';
  throw invalid(`say the type of a tensor whose data is an array ${kind === 'undefined' ? 'of nothing' : `of ${kind}s`}`);
}

/** Elements in row-major order, with a type and dims. */
export class Tensor<T extends ElementType = ElementType> {
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: DataOf<T>;

  /** One dim, the number of elements, unless dims are said. */
  constructor(type: T, data: Elements, dims?: readonly number[]);
  constructor(data: Elements, dims?: readonly number[]);
  constructor(first: T | Elements, second?: Elements | readonly number[], third?: readonly number[]) {
    const typed = typeof first === 'string';
    const type = typed ? (first as T) : (impliedType(first as Elements) as T);
    if (!isType(type)) throw invalid(`'${String(type)}' is not a type of elements`);
    this.type = type;
    this.data = dataOf(type, (typed ? second : first) as Elements) as DataOf<T>;
    this.dims = (typed ? third : (second as readonly number[] | undefined)) ?? [this.data.length];
    const wanted = lengthFor(type, elementCount(this.dims));
    if (this.data.length !== wanted) {
      throw invalid(`a ${type} tensor of dims [${this.dims}] has data of length ${wanted}, not ${this.data.length}`);
    }
  }

  /** How many elements there are. */
  get size(): number {
    return elementCount(this.dims);
  }

  /** The same elements with other dims. */
  reshape(dims: readonly number[]): Tensor<T> {
    return new Tensor<T>(this.type, this.data, dims);
  }
}

/** What an input may be and an output is: a tensor, a sequence of them, or an optional one (undefined when it is empty). */
export type Value = Tensor | readonly Value[] | undefined;

/** Anything with a type, data and dims counts as a tensor, whoever made it. */
export interface TensorLike {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

export const isTensorLike = (value: unknown): value is TensorLike =>
  typeof value === 'object' && value !== null && 'type' in value && 'dims' in value && 'data' in value;
