// Just enough of protobuf and onnx.proto to write the models and tensors of the test cases.

const encoder = new TextEncoder();

function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) => Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const string = (field, value) => bytes(field, Buffer.from(encoder.encode(value)));

function float(field, value) {
  const number = Buffer.alloc(4);
  number.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), number]);
}

/** The ONNX number of each element type, and the array that holds its elements. */
export const types = {
  float32: { number: 1, array: Float32Array },
  uint8: { number: 2, array: Uint8Array },
  int8: { number: 3, array: Int8Array },
  uint16: { number: 4, array: Uint16Array },
  int16: { number: 5, array: Int16Array },
  int32: { number: 6, array: Int32Array },
  int64: { number: 7, array: BigInt64Array },
  string: { number: 8, array: Array },
  bool: { number: 9, array: Uint8Array },
  float16: { number: 10, array: Uint16Array },
  float64: { number: 11, array: Float64Array },
  uint32: { number: 12, array: Uint32Array },
  uint64: { number: 13, array: BigUint64Array },
};

/** TensorProto. */
export function tensor({ type, dims, data }, name = '') {
  const parts = dims.map((dim) => integer(1, dim));
  parts.push(integer(2, types[type].number));
  if (type === 'string') parts.push(...Array.from(data, (text) => string(6, text)));
  if (name !== '') parts.push(string(8, name));
  if (type !== 'string') parts.push(bytes(9, Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
  return Buffer.concat(parts);
}

/** ValueInfoProto; without dims the rank is open. */
function valueInfo(name, type, dims) {
  const parts = [integer(1, types[type].number)];
  if (dims) parts.push(bytes(2, Buffer.concat(dims.map((dim) => bytes(1, integer(1, dim))))));
  return Buffer.concat([string(1, name), bytes(2, bytes(1, Buffer.concat(parts)))]);
}

// The fields of AttributeProto after its name. A number is a float unless written { int: 1 }, a list of numbers is of
// integers unless written { floats: [] }, and a tensor is { tensor: { type, dims, data } }.
function attributeValue(value) {
  if (typeof value === 'string') return [string(4, value), integer(20, 3)];
  if (typeof value === 'number') return [float(2, value), integer(20, 1)];
  if (Array.isArray(value) && typeof value[0] === 'string') {
    return [...value.map((entry) => string(9, entry)), integer(20, 8)];
  }
  if (Array.isArray(value)) return [...value.map((entry) => integer(8, entry)), integer(20, 7)];
  if (value.floats) return [...value.floats.map((entry) => float(7, entry)), integer(20, 6)];
  if (value.tensor) return [bytes(5, tensor(value.tensor)), integer(20, 4)];
  return [integer(3, value.int), integer(20, 2)];
}

const attribute = (name, value) => Buffer.concat([string(1, name), ...attributeValue(value)]);

/**
 * ModelProto of one node. Inputs and outputs: { name, type, dims }, null where one is left out; an input with
 * `constant` is an initialiser. `version` is the opset of `domain`, `opset` that of ONNX's own.
 */
export function model({ op, domain, version = 1, opset = 17, inputs, outputs, attributes = {} }) {
  const node = [];
  for (const input of inputs) node.push(string(1, input === null ? '' : input.name));
  for (const output of outputs) node.push(string(2, output === null ? '' : output.name));
  node.push(string(4, op));
  for (const [name, value] of Object.entries(attributes)) node.push(bytes(5, attribute(name, value)));
  if (domain !== '') node.push(string(7, domain));
  const graph = [bytes(1, Buffer.concat(node)), string(2, op)];
  for (const input of inputs) if (input?.constant) graph.push(bytes(5, tensor(input, input.name)));
  for (const input of inputs) {
    if (input && !input.constant) graph.push(bytes(11, valueInfo(input.name, input.type, input.dims)));
  }
  for (const output of outputs) if (output) graph.push(bytes(12, valueInfo(output.name, output.type)));
  const opsetImport = (name, number) => bytes(8, Buffer.concat([string(1, name), integer(2, number)]));
  const parts = [integer(1, 8), string(2, 'wedge'), bytes(7, Buffer.concat(graph)), opsetImport('', opset)];
  if (domain !== '') parts.push(opsetImport(domain, version));
  return Buffer.concat(parts);
}
