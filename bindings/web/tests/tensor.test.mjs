import assert from 'node:assert/strict';
import test from 'node:test';
import { Session, Tensor, WedgeError } from 'wedge-onnx';
import { containerModel } from './models.mjs';
import { identity } from './support.mjs';

const samples = {
  float32: Float32Array.of(1.5, -2, 0),
  uint8: Uint8Array.of(1, 2, 255),
  int8: Int8Array.of(1, -2, 127),
  uint16: Uint16Array.of(1, 2, 65535),
  int16: Int16Array.of(1, -2, 3),
  int32: Int32Array.of(1, -2, 3),
  int64: BigInt64Array.of(1n, -(2n ** 62n), 3n),
  bool: Uint8Array.of(1, 0, 1),
  float16: Uint16Array.of(0x3c00, 0xc000, 0),
  float64: Float64Array.of(1e300, -2, 0),
  uint32: Uint32Array.of(1, 2, 4294967295),
  uint64: BigUint64Array.of(1n, 2n, 2n ** 64n - 1n),
  string: ['one', '', 'Größe 市'],
};

for (const [type, data] of Object.entries(samples)) {
  test(`${type} goes in and comes out`, async () => {
    const session = await Session.load(identity(type, [3]));
    const { y } = await session.run({ x: new Tensor(type, data, [3]) });
    assert.equal(y.type, type);
    assert.deepEqual(y.dims, [3]);
    assert.deepEqual(y.data, data);
    if (type !== 'string') assert.deepEqual((await session.run({ x: data })).y.data, data);
    // Again, so that kept memory is written anew.
    assert.deepEqual((await session.run({ x: new Tensor(type, data.slice().reverse(), [3]) })).y.data, data.slice().reverse());
    session.release();
  });
}

test('scalars and empty tensors', async () => {
  const session = await Session.load(identity('float32'));
  for (const dims of [[], [0], [2, 0, 3], [1, 1, 1, 1, 1]]) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const { y } = await session.run({ x: new Tensor('float32', new Float32Array(size).fill(7), dims) });
    assert.deepEqual(y.dims, dims);
    assert.deepEqual(y.data, new Float32Array(size).fill(7));
  }
  session.release();
});

test('sequences and optionals', async () => {
  const floats = (...values) => new Tensor('float32', values);
  const make = await Session.load(containerModel('SequenceConstruct', { a: 'tensor', b: 'tensor' }, { s: 'sequence' }));
  const { s } = await make.run({ a: floats(1), b: floats(2, 3) });
  assert.deepEqual(s.map(({ data }) => [...data]), [[1], [2, 3]]);
  make.release();

  const pass = await Session.load(containerModel('Identity', { x: 'sequence' }, { y: 'sequence' }));
  assert.equal(pass.inputs[0].kind, 'sequence');
  for (const x of [s, [], [floats(7)]]) {
    assert.deepEqual((await pass.run({ x })).y.map(({ data }) => [...data]), x.map(({ data }) => [...data]));
  }
  pass.release();

  const optional = await Session.load(containerModel('Identity', { x: 'optional' }, { y: 'optional' }));
  assert.deepEqual([...(await optional.run({ x: floats(1, 2) })).y.data], [1, 2]);
  assert.equal((await optional.run({})).y, undefined);
  optional.release();
});

test('data of other kinds', () => {
  assert.deepEqual(new Tensor('int64', [1, 2]).data, BigInt64Array.of(1n, 2n));
  assert.deepEqual(new Tensor('float32', [1, 2], [2, 1]).dims, [2, 1]);
  assert.deepEqual(new Tensor([true, false]).data, Uint8Array.of(1, 0));
  assert.equal(new Tensor(['a']).type, 'string');
  assert.equal(new Tensor(new Uint8ClampedArray(2)).type, 'uint8');
  assert.deepEqual(new Tensor('uint4', Uint8Array.of(0x21, 0x03), [3]).size, 3);
  assert.deepEqual(new Tensor(Float32Array.of(1, 2, 3, 4)).reshape([2, 2]).dims, [2, 2]);
  if (typeof Float16Array !== 'undefined') assert.equal(new Tensor(new Float16Array(2)).data.constructor, Uint16Array);
});

test('what makes no tensor', () => {
  for (const make of [
    () => new Tensor('float32', new Float32Array(3), [2]),
    () => new Tensor('float32', new Int32Array(2)),
    () => new Tensor('float31', [1]),
    () => new Tensor('float16', [1, 2]),
    () => new Tensor('float32', [1], [-1]),
    () => new Tensor('float32', [1], [0.5]),
    () => new Tensor([1, 2]),
    () => new Tensor([]),
    () => new Tensor('string', new Uint8Array(1)),
    () => new Tensor(new DataView(new ArrayBuffer(1))),
  ]) {
    assert.throws(make, (error) => error instanceof WedgeError && error.code === 'INVALID_ARGUMENT');
  }
});
