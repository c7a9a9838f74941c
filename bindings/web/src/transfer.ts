// Tensors in and out of the engine's memory.
import type { Engine } from './engine.js';
import { WedgeError } from './errors.js';
import { isTensorLike, Tensor, type Elements, type TensorLike, type Value } from './tensor.js';
import { arrayOfType, codeOfType, isType, lengthFor, typeOfCode, type ElementType, type TypedArray } from './types.js';
import type { ValueDescription } from './description.js';

/** What may be fed: tensors, whoever made them; arrays, whose dims the model tells; lists for sequences. */
export type Feed = Tensor | TensorLike | TypedArray | readonly (Tensor | TensorLike)[] | undefined;
export type Feeds = Readonly<Record<string, Feed>>;

const sequence = 0x20;
const optional = 0x40;

/** The dims of an array that comes without any: those the model declares, one of which may be open. */
export function dimsFor(input: ValueDescription, length: number): number[] {
  const { name, dims } = input;
  const open = dims?.filter((dim) => typeof dim !== 'number').length ?? 2;
  const fixed = dims?.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1) ?? 0;
  if (dims !== undefined && open === 0 && fixed === length) return dims as number[];
  if (dims !== undefined && open === 1 && fixed > 0 && length % fixed === 0) {
    return dims.map((dim) => (typeof dim === 'number' ? dim : length / fixed));
  }
  const declared = dims === undefined ? 'any shape' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
  throw new WedgeError('INVALID_ARGUMENT', `input '${name}' is declared as ${declared}: an array of ${length} does not fit or does not say which dims; give a Tensor`);
}

/** A feed as a tensor of this package. */
export function toTensor(input: ValueDescription, feed: Exclude<Feed, readonly unknown[]>): Tensor {
  if (feed instanceof Tensor) return feed;
  if (isTensorLike(feed)) {
    const { type, data, dims } = feed;
    if (isType(type)) return new Tensor(type, data as Elements, dims);
    throw new WedgeError('INVALID_ARGUMENT', `input '${input.name}': '${type}' is not a type of elements`);
  }
  if (!ArrayBuffer.isView(feed)) {
    throw new WedgeError('INVALID_ARGUMENT', `input '${input.name}' must be a tensor or a typed array, not ${feed === undefined ? 'missing' : typeof feed}`);
  }
  const { type } = input;
  if (type === undefined || type === 'string') return new Tensor(feed);
  return new Tensor(type, feed, dimsFor(input, (feed.length * 64) / lengthFor(type, 64)));
}

function withDims<T>(engine: Engine, dims: readonly number[], use: (address: number) => T): T {
  return engine.withMemory(Math.max(8 * dims.length, 8), (address) => {
    const { wide } = engine;
    for (let i = 0; i < dims.length; ++i) wide[(address >>> 3) + i] = BigInt(dims[i]!);
    return use(address);
  });
}

function makeStrings(engine: Engine, tensor: Tensor): number {
  const { exports, scratch } = engine;
  const pieces = (tensor.data as string[]).map((text) => new TextEncoder().encode(text));
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return engine.withMemory(Math.max(bytes, 1), (characters) =>
    engine.withMemory(4 * (pieces.length + 1), (offsets) =>
      withDims(engine, tensor.dims, (dims) => {
        const { bytes: memory, words } = engine;
        let end = 0;
        pieces.forEach((piece, i) => {
          words[(offsets >>> 2) + i] = end;
          memory.set(piece, characters + end);
          end += piece.length;
        });
        words[(offsets >>> 2) + pieces.length] = end;
        engine.check(exports.wedge_tensor_create_strings(dims, tensor.dims.length, characters, offsets, scratch));
        return engine.word(scratch);
      }),
    ),
  );
}

/** Room for a tensor's elements; numbers are written by the caller, strings are there already. */
export function makeTensor(engine: Engine, tensor: Tensor): number {
  if (tensor.type === 'string') return makeStrings(engine, tensor);
  const { exports, scratch } = engine;
  return withDims(engine, tensor.dims, (dims) => {
    engine.check(exports.wedge_tensor_create(codeOfType(tensor.type), dims, tensor.dims.length, scratch));
    return engine.word(scratch);
  });
}

/** The view of a tensor's elements in the engine's memory. */
export function elementsAt(engine: Engine, type: Exclude<ElementType, 'string'>, address: number, bytes: number): TypedArray {
  const array = arrayOfType(type);
  return new array(engine.buffer, bytes === 0 ? 0 : address, bytes / array.BYTES_PER_ELEMENT);
}

export function writeElements(engine: Engine, handle: number, tensor: Tensor): void {
  if (tensor.type === 'string') return;
  engine.check(engine.exports.wedge_tensor_get_info(handle, engine.scratch));
  const view = elementsAt(engine, tensor.type, engine.word(engine.scratch + 12), engine.word(engine.scratch + 16));
  (view as Uint8Array).set(tensor.data as Uint8Array);
}

/** A handle of the caller's for any value. */
export function makeValue(engine: Engine, input: ValueDescription, value: Feed): number {
  if (input.kind === 'tensor') {
    const tensor = toTensor(input, value as Tensor);
    const handle = makeTensor(engine, tensor);
    writeElements(engine, handle, tensor);
    return handle;
  }
  const nested = input.kind === 'optional sequence';
  const element = { ...input, kind: nested ? ('sequence' as const) : ('tensor' as const) };
  const values = value === undefined ? [] : nested || !Array.isArray(value) ? [value] : (value as readonly Feed[]);
  const handles: number[] = [];
  try {
    for (const one of values) handles.push(makeValue(engine, element, one));
    const first = Array.isArray(values[0]) ? (values[0] as readonly Feed[])[0] : values[0];
    const type = first === undefined ? (input.type ?? 'float32') : toTensor(element, first as Tensor).type;
    const code = codeOfType(type) + (input.kind === 'sequence' ? sequence : nested ? sequence + optional : optional);
    return engine.withMemory(4 * handles.length + 4, (list) => {
      engine.words.set(handles, list >>> 2);
      engine.check(engine.exports.wedge_tensor_create_container(code, list, handles.length, engine.scratch));
      return engine.word(engine.scratch);
    });
  } finally {
    for (const handle of handles) engine.exports.wedge_tensor_release(handle);
  }
}

function readStrings(engine: Engine, handle: number, count: number): string[] {
  const { exports, scratch } = engine;
  return Array.from({ length: count }, (_, i) => {
    engine.check(exports.wedge_tensor_get_string(handle, i, scratch, scratch + 4));
    return engine.characters(engine.word(scratch), engine.word(scratch + 4));
  });
}

/** What a handle stands for. `into` is written where it fits, and `copy` tells whether elements leave the engine's memory. */
export function readValue(engine: Engine, handle: number, copy: boolean, into?: Tensor): Value {
  const { exports, scratch } = engine;
  engine.check(exports.wedge_tensor_get_info(handle, scratch));
  const { words, wide } = engine;
  const at = scratch >>> 2;
  const code = words[at]!;
  const rank = words[at + 1]!;
  const first = words[at + 2]! >>> 3;
  const data = words[at + 3]! >>> 0;
  const bytes = words[at + 4]! >>> 0;
  const elements = words[at + 5]! >>> 0;
  if (code & (sequence | optional)) {
    const values = Array.from({ length: elements }, (_, i) => {
      engine.check(exports.wedge_tensor_get_element(handle, i, scratch));
      const element = engine.word(scratch);
      const value = readValue(engine, element, true);
      exports.wedge_tensor_release(element);
      return value;
    });
    return code & optional ? values[0] : values;
  }
  const dims = new Array<number>(rank);
  for (let i = 0; i < rank; ++i) dims[i] = Number(wide[first + i]);
  const type = typeOfCode(code);
  if (type === 'string') return new Tensor(type, readStrings(engine, handle, elements), dims);
  const view = elementsAt(engine, type, data, bytes);
  if (into === undefined) return new Tensor(type, copy ? view.slice() : view, dims);
  if (into.type !== type || into.dims.length !== rank || into.dims.some((dim, i) => dim !== dims[i])) {
    throw new WedgeError('INVALID_ARGUMENT', `the output is ${type} [${dims}], but the tensor to put it into is ${into.type} [${into.dims}]`);
  }
  (into.data as Uint8Array).set(view as Uint8Array);
  return into;
}
