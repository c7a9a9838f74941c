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
  int32: { number: 6, array: Int32Array },
  int64: { number: 7, array: BigInt64Array },
  bool: { number: 9, array: Uint8Array },
};

/** TensorProto. */
export function tensor({ type, dims, data }, name = '') {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parts = dims.map((dim) => integer(1, dim));
  parts.push(integer(2, types[type].number));
  if (name !== '') parts.push(string(8, name));
  parts.push(bytes(9, raw));
  return Buffer.concat(parts);
}

/** ValueInfoProto; without dims the rank is open. */
function valueInfo(name, type, dims) {
  const parts = [integer(1, types[type].number)];
  if (dims) parts.push(bytes(2, Buffer.concat(dims.map((dim) => bytes(1, integer(1, dim))))));
  return Buffer.concat([string(1, name), bytes(2, bytes(1, Buffer.concat(parts)))]);
}

// AttributeProto: a whole number is written { int: 1 }, everything else by its own type.
function attribute(name, value) {
  const parts = [string(1, name)];
  if (typeof value === 'string') parts.push(string(4, value), integer(20, 3));
  else if (typeof value === 'number') parts.push(float(2, value), integer(20, 1));
  else if (Array.isArray(value)) parts.push(...value.map((entry) => integer(8, entry)), integer(20, 7));
  else parts.push(integer(3, value.int), integer(20, 2));
  return Buffer.concat(parts);
}

/** ModelProto of one node. Inputs and outputs: { name, type, dims }, null where one is left out. */
export function model({ op, domain, inputs, outputs, attributes = {} }) {
  const node = [];
  for (const input of inputs) node.push(string(1, input === null ? '' : input.name));
  for (const output of outputs) node.push(string(2, output === null ? '' : output.name));
  node.push(string(4, op));
  for (const [name, value] of Object.entries(attributes)) node.push(bytes(5, attribute(name, value)));
  if (domain !== '') node.push(string(7, domain));
  const graph = [bytes(1, Buffer.concat(node)), string(2, op)];
  for (const input of inputs) if (input) graph.push(bytes(11, valueInfo(input.name, input.type, input.dims)));
  for (const output of outputs) if (output) graph.push(bytes(12, valueInfo(output.name, output.type)));
  const opset = (name, version) => bytes(8, Buffer.concat([string(1, name), integer(2, version)]));
  const parts = [integer(1, 8), string(2, 'wedge'), bytes(7, Buffer.concat(graph)), opset('', 17)];
  if (domain !== '') parts.push(opset(domain, 1));
  return Buffer.concat(parts);
}
