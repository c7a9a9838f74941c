import { WedgeError } from './errors.js';

/** The array that holds the elements of a type; those below 8 bits lie packed in bytes. */
export interface Arrays {
  float32: Float32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
  float16: Uint16Array;
  float64: Float64Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  bfloat16: Uint16Array;
  float8e4m3fn: Uint8Array;
  float8e4m3fnuz: Uint8Array;
  float8e5m2: Uint8Array;
  float8e5m2fnuz: Uint8Array;
  uint4: Uint8Array;
  int4: Int8Array;
  float4e2m1: Uint8Array;
  float8e8m0: Uint8Array;
  uint2: Uint8Array;
  int2: Int8Array;
}

export type NumberType = keyof Arrays;
const arrays = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  float64: Float64Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array,
  float8e4m3fnuz: Uint8Array,
  float8e5m2: Uint8Array,
  float8e5m2fnuz: Uint8Array,
  uint4: Uint8Array,
  int4: Int8Array,
  float4e2m1: Uint8Array,
  float8e8m0: Uint8Array,
  uint2: Uint8Array,
  int2: Int8Array,
};

/** Element types by the names that ONNX Runtime's JavaScript interface uses. */
export type ElementType = NumberType | 'string';
export type TypedArray = Arrays[NumberType];
export type DataOf<T extends ElementType> = T extends NumberType ? Arrays[T] : string[];
export type Data = TypedArray | string[];

/** By their numbers in ONNX. */
const codes: Record<ElementType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
  float4e2m1: 23,
  float8e8m0: 24,
  uint2: 25,
  int2: 26,
};
const names: ElementType[] = [];
for (const [name, code] of Object.entries(codes)) names[code] = name as ElementType;

const bitsPerElement: Partial<Record<ElementType, number>> = { uint4: 4, int4: 4, float4e2m1: 4, uint2: 2, int2: 2 };

export const codeOfType = (type: ElementType): number => codes[type];

export function typeOfCode(code: number): ElementType {
  const name = names[code & 0x1f];
  if (name === undefined) throw new WedgeError('UNSUPPORTED', `elements of type ${code} are unknown to this package`);
  return name;
}

interface ArrayClass {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  from(values: Iterable<unknown>): TypedArray;
}

/** The class of that array. */
export const arrayOfType = (type: NumberType) => arrays[type] as unknown as ArrayClass;

export function isType(name: string): name is ElementType {
  return Object.hasOwn(codes, name);
}

/** How many entries the data of a tensor of so many elements has. */
export const lengthFor = (type: ElementType, elements: number): number =>
  Math.ceil((elements * (bitsPerElement[type] ?? 8)) / 8);

/** The type that an array stands for when nothing else is said. */
export function typeOfArray(data: ArrayBufferView): NumberType | undefined {
  const tag = Object.prototype.toString.call(data).slice(8, -6).toLowerCase();
  if (tag === 'uint8clamped') return 'uint8';
  const name = tag.replace('bigint64', 'int64').replace('biguint64', 'uint64');
  return isType(name) && name !== 'string' ? name : undefined;
}
