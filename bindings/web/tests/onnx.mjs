// Reads the values that ONNX's backend tests come with: tensors, sequences and optionals in protobuf.
import { Tensor } from 'wedge-onnx';

/** The fields of a message, by number: varints as BigInt, the rest as bytes. */
function fields(bytes) {
  const found = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const kind = key & 7;
    let value;
    if (kind === 0) value = varint();
    else {
      const length = kind === 2 ? Number(varint()) : kind === 1 ? 8 : 4;
      value = new Uint8Array(view.buffer, view.byteOffset + at, length);
      at += length;
    }
    const number = key >> 3;
    if (!found.has(number)) found.set(number, []);
    found.get(number).push(value);
  }
  return found;
}

/** A repeated number, packed or not. */
function varints(values = []) {
  return values.flatMap((value) => {
    if (typeof value === 'bigint') return [value];
    const numbers = [];
    for (let at = 0; at < value.length;) {
      let number = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = value[at++];
        number |= BigInt(byte & 127) << shift;
        if (byte < 128) break;
      }
      numbers.push(number);
    }
    return numbers;
  });
}

function joined(values = []) {
  const all = new Uint8Array(values.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const value of values) {
    all.set(value, at);
    at += value.length;
  }
  return all;
}

const types = [
  undefined, 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64', 'uint32',
  'uint64', undefined, undefined, 'bfloat16', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4',
  'float4e2m1', 'float8e8m0', 'uint2', 'int2',
];
const arrays = {
  float32: Float32Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array,
  float16: Uint16Array, float64: Float64Array, uint32: Uint32Array, uint64: BigUint64Array, bfloat16: Uint16Array, int4: Int8Array,
  int2: Int8Array,
};

export function parseTensor(bytes, declared) {
  const message = fields(bytes);
  const dims = varints(message.get(1)).map(Number);
  let type = types[Number(message.get(2)?.[0] ?? 0n)];
  if (type === 'string') {
    return new Tensor(type, (message.get(6) ?? []).map((text) => new TextDecoder().decode(text)), dims);
  }
  // Some archives store bfloat16 as uint16.
  if (declared === 'bfloat16' && type === 'uint16') type = declared;
  const array = arrays[type] ?? Uint8Array;
  if (message.has(9)) return new Tensor(type, new array(message.get(9)[0].slice().buffer), dims);
  if (message.has(4)) return new Tensor(type, new array(joined(message.get(4)).buffer), dims);
  if (message.has(10)) return new Tensor(type, new array(joined(message.get(10)).buffer), dims);
  const numbers = varints(message.get(5) ?? message.get(7) ?? message.get(11));
  const data = type === 'uint64' || type === 'int64' ? new array(numbers) : new array(numbers.map((number) => Number(BigInt.asIntN(32, number))));
  return new Tensor(type, data, dims);
}

/** A value of the kind that an input or output is declared as. */
export function parseValue(bytes, { kind, type }) {
  if (kind === 'tensor') return parseTensor(bytes, type);
  const message = fields(bytes);
  if (kind === 'sequence') return (message.get(3) ?? []).map((tensor) => parseTensor(tensor, type));
  if (message.has(5)) return parseValue(message.get(5)[0], { kind: 'sequence', type });
  return message.has(3) ? parseTensor(message.get(3)[0], type) : undefined;
}

/** The bits of a 16-bit float as a number. */
function fromHalf(bits, type) {
  if (type === 'bfloat16') return new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** What differs between two values, or undefined. */
export function difference(actual, expected, absolute, onlyShape = false) {
  if (actual === undefined || expected === undefined) return actual === expected ? undefined : 'one of them is empty';
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return `${actual.length} elements, expected ${expected.length}`;
    return expected.map((value, i) => difference(actual[i], value, absolute, onlyShape)).find((text) => text !== undefined);
  }
  const { type, dims, data } = expected;
  if (actual.type !== type || String(actual.dims) !== String(dims)) return `${actual.type} [${actual.dims}], expected ${type} [${dims}]`;
  if (onlyShape) return undefined;
  const number = type === 'float16' || type === 'bfloat16' ? (bits) => fromHalf(bits, type) : (value) => value;
  const floats = ['float32', 'float64', 'float16', 'bfloat16'].includes(type);
  for (let i = 0; i < data.length; ++i) {
    const a = number(actual.data[i]);
    const e = number(data[i]);
    if (a === e || (floats && (Number.isNaN(a) && Number.isNaN(e) || Math.abs(a - e) <= absolute + 1e-3 * Math.abs(e)))) continue;
    return `element ${i} is ${a}, expected ${e}`;
  }
  return undefined;
}
