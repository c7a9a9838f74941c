// Models that the builder of one-node models does not make.

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}
const integer = (field, value) => [...varint(field * 8), ...varint(value)];
const bytes = (field, content) => [...varint(field * 8 + 2), ...varint(content.length), ...content];
const text = (field, value) => bytes(field, [...new TextEncoder().encode(value)]);
const entry = (key, value) => bytes(13, [...text(1, key), ...text(2, value)]);
const floats = bytes(1, integer(1, 1));
/** Types as ONNX writes them: fields of TypeProto. */
const types = { tensor: floats, sequence: bytes(4, bytes(1, floats)), optional: bytes(9, bytes(1, floats)) };
const value = (name) => [...text(1, name), ...bytes(2, bytes(1, [...integer(1, 1), ...bytes(2, bytes(1, integer(1, 2)))]))];

/** A model that adds [10, 20], which it keeps in another file. */
export function externalModel() {
  const initializer = [
    ...integer(1, 2), ...integer(2, 1), ...text(8, 'w'), ...entry('location', 'weights.bin'), ...entry('length', '8'), ...integer(14, 1),
  ];
  const node = [...text(1, 'x'), ...text(1, 'w'), ...text(2, 'y'), ...text(4, 'Add')];
  const graph = [...bytes(1, node), ...text(2, 'g'), ...bytes(5, initializer), ...bytes(11, value('x')), ...bytes(12, value('y'))];
  const model = [...integer(1, 8), ...bytes(7, graph), ...bytes(8, [...text(1, ''), ...integer(2, 17)])];
  return { bytes: Uint8Array.from(model), weights: new Uint8Array(Float32Array.of(10, 20).buffer) };
}

/** A model of one node whose inputs and outputs are floats, or sequences or optionals of them: { name: kind }. */
export function containerModel(op, inputs, outputs) {
  const info = ([name, kind]) => [...text(1, name), ...bytes(2, types[kind])];
  const node = [...Object.keys(inputs).flatMap((name) => text(1, name)), ...Object.keys(outputs).flatMap((name) => text(2, name)), ...text(4, op)];
  const graph = [
    ...bytes(1, node), ...text(2, 'g'), ...Object.entries(inputs).flatMap((entry) => bytes(11, info(entry))),
    ...Object.entries(outputs).flatMap((entry) => bytes(12, info(entry))),
  ];
  return Uint8Array.from([...integer(1, 8), ...bytes(7, graph), ...bytes(8, [...text(1, ''), ...integer(2, 18)])]);
}

/** A model of integers: `all` counts from `start` to before `limit`, `last` has those of them that lie at `from` and after it. */
export function countingModel() {
  const info = (name) => [...text(1, name), ...bytes(2, bytes(1, integer(1, 7)))];
  const node = (op, inputs, output) => bytes(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, op)]);
  const graph = [
    ...node('Range', ['start', 'limit', 'delta'], 'all'), ...node('Slice', ['all', 'from', 'limit'], 'last'), ...text(2, 'g'),
    ...['start', 'limit', 'delta', 'from'].flatMap((name) => bytes(11, info(name))),
    ...['all', 'last'].flatMap((name) => bytes(12, info(name))),
  ];
  return Uint8Array.from([...integer(1, 8), ...bytes(7, graph), ...bytes(8, [...text(1, ''), ...integer(2, 17)])]);
}
