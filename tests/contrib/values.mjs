// Inputs of test cases: the same numbers on every run, whatever other cases there are.
import { types } from './protobuf.mjs';

const count = (dims) => dims.reduce((product, dim) => product * dim, 1);

/** Makers of input tensors { type, dims, data } from a stream of numbers that the name of a case decides. */
export function values(name) {
  let state = [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7);
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const given = (type, dims, elements) => {
    const { array } = types[type];
    if (type === 'string') return { type, dims, data: elements };
    const whole = array === BigInt64Array || array === BigUint64Array;
    return { type, dims, data: array.from(elements, whole ? BigInt : Number) };
  };
  const between = (low, high, dims) => Array.from({ length: count(dims) }, () => low + (high - low) * random());
  return {
    random,
    /** The elements as written: given('int64', [2], [1, 2]). */
    given,
    /** Floats in [-2, 2). */
    floats: (...dims) => given('float32', dims, between(-2, 2, dims)),
    /** Floats in [low, high). */
    floatsBetween: (low, high, ...dims) => given('float32', dims, between(low, high, dims)),
    /** Whole numbers in [low, high). */
    integers: (type, low, high, ...dims) => given(type, dims, between(low, high, dims).map(Math.floor)),
  };
}

/** The same tensor as an initialiser of the model instead of an input. */
export const constant = (tensor) => ({ ...tensor, constant: true });
