import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { Engine, Session, Tensor, WedgeError } from 'wedge-onnx';
import { countingModel } from './models.mjs';
import { dist, identity, mnistImage, modelBytes, modelPath, nativeResult, npyFloats, oneNode, worstDifference } from './support.mjs';

const failsWith = (code, message) => (error) => error instanceof WedgeError && error.code === code && message.test(error.message);

test('a session says what the model takes and gives', async () => {
  const session = await Session.load(modelPath('digits.onnx'));
  assert.deepEqual(session.inputs, [{ name: 'image', type: 'float32', kind: 'tensor', dims: ['batch', 1, 8, 8] }]);
  assert.deepEqual(session.outputs, [{ name: 'probabilities', type: 'float32', kind: 'tensor', dims: ['batch', 10] }]);
  assert.equal(session.opsets['ai.onnx'], 13);
  assert.equal(typeof session.metadata, 'object');
  session.release();
});

test('digits are read as by the program that trained the network', async () => {
  const session = await Session.load(modelPath('digits.onnx'));
  const { probabilities } = await session.run({ image: new Tensor(npyFloats('digits-input.npy'), [16, 1, 8, 8]) });
  assert.deepEqual(probabilities.dims, [16, 10]);
  assert.ok(worstDifference(probabilities.data, npyFloats('digits-output.npy')) < 1e-5);
  session.release();
});

for (const [name, dims, input] of [
  ['mnist.onnx', [1, 1, 28, 28], mnistImage()],
  ['digits.onnx', [16, 1, 8, 8], npyFloats('digits-input.npy')],
]) {
  test(`${name} gives what the native build gives`, async (t) => {
    const expected = nativeResult(name, input, dims);
    if (expected === undefined) return t.skip('there is no native build');
    const session = await Session.load(modelPath(name));
    const outputs = await session.run({ [session.inputs[0].name]: new Tensor(input, dims) });
    const worst = worstDifference(outputs[session.outputs[0].name].data, expected);
    const size = Math.max(...expected.map(Math.abs));
    assert.ok(worst <= 1e-5 * Math.max(size, 1), `differs by ${worst}`);
    session.release();
  });
}

test('a model comes as path, URL, bytes, response, stream or blob', async () => {
  const bytes = modelBytes('mnist.onnx');
  const pieces = () => new ReadableStream({
    start(controller) {
      for (let i = 0; i < bytes.length; i += 1000) controller.enqueue(bytes.slice(i, i + 1000));
      controller.close();
    },
  });
  const sources = [
    modelPath('mnist.onnx'), pathToFileURL(modelPath('mnist.onnx')), bytes, bytes.buffer, new Response(bytes), new Blob([bytes]),
    pieces(), readFileSync(modelPath('mnist.onnx')), new DataView(bytes.buffer),
  ];
  let expected;
  for (const source of sources) {
    const session = await Session.load(source);
    const outputs = session.runSync({ [session.inputs[0].name]: mnistImage() });
    const { data } = outputs[session.outputs[0].name];
    expected ??= data;
    assert.deepEqual(data, expected);
    session.release();
  }
});

test('bytes are loaded without what fetches, which Node takes long to make ready', async (t) => {
  for (const name of ['Response', 'ReadableStream', 'Blob']) {
    const given = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { configurable: true, get: () => assert.fail(`${name} is named`) });
    t.after(() => Object.defineProperty(globalThis, name, given));
  }
  for (const model of [modelBytes('mnist.onnx'), new Uint8Array(modelBytes('mnist.onnx')).buffer, modelPath('mnist.onnx')]) {
    const session = await Session.load(model);
    assert.equal(session.inputs.length, 1);
    session.release();
  }
});

test('the engine may come compiled, as edge workers have it', async () => {
  const wasm = new WebAssembly.Module(readFileSync(join(dist, 'wedge-simd.wasm')));
  const model = modelBytes('mnist.onnx');
  const { fetch } = globalThis;
  globalThis.fetch = () => assert.fail('nothing is to be fetched');
  try {
    const session = await Session.load(model, { wasm });
    assert.equal(session.runSync({ [session.inputs[0].name]: mnistImage() })[session.outputs[0].name].size, 10);
    session.release();
  } finally {
    globalThis.fetch = fetch;
  }
});

test('progress is told while bytes arrive', async () => {
  const seen = [];
  const session = await Session.load(modelPath('mnist.onnx'), { onProgress: (progress) => seen.push(progress) });
  const size = modelBytes('mnist.onnx').length;
  assert.deepEqual(seen.at(-1), { loaded: size, total: size });
  session.release();
});

test('a large file is read by turns', async () => {
  const side = 2200;
  const weights = { name: 'w', type: 'float32', dims: [side, side], data: Float32Array.from({ length: side * side }, (_, i) => i % 7), constant: true };
  const bytes = oneNode('MatMul', [{ name: 'x', type: 'float32', dims: [1, side] }, weights], [{ name: 'y', type: 'float32' }]);
  const folder = mkdtempSync(join(tmpdir(), 'wedge-'));
  try {
    const path = join(folder, 'large.onnx');
    writeFileSync(path, bytes);
    let others = 0;
    const seen = [];
    setTimeout(() => ++others);
    const session = await Session.load(path, { onProgress: ({ loaded }) => seen.push(loaded) });
    assert.equal(others, 1);
    assert.deepEqual(seen, [1 << 24, bytes.length]);
    const { y } = session.runSync({ x: new Float32Array(side).fill(1) });
    assert.deepEqual(y.data, Float32Array.from({ length: side }, (_, column) => {
      let sum = 0;
      for (let row = 0; row < side; ++row) sum += weights.data[row * side + column];
      return sum;
    }));
    session.release();
    for (const turn of [1, 2]) {
      const abort = new AbortController();
      let turns = 0;
      const onProgress = () => ++turns === turn && abort.abort(new Error('enough'));
      await assert.rejects(Session.load(path, { signal: abort.signal, onProgress }), /enough/);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('shapes may change from run to run', async () => {
  const session = await Session.load(modelPath('digits.onnx'));
  const image = npyFloats('digits-input.npy');
  const all = session.runSync({ image: new Tensor(image, [16, 1, 8, 8]) }).probabilities;
  for (const count of [1, 3, 1, 16]) {
    const some = session.runSync({ image: image.slice(0, 64 * count) }).probabilities;
    assert.deepEqual(some.dims, [count, 10]);
    assert.ok(worstDifference(some.data, all.data.slice(0, 10 * count)) < 1e-6);
  }
  session.release();
});

test('tensors may have more bits than 32 bits count', async () => {
  const session = await Session.load(countingModel());
  const count = 2n ** 26n + 8n;
  const number = (value, dims = []) => new Tensor('int64', BigInt64Array.of(value), dims);
  const feeds = { start: number(0n), limit: number(count, [1]), delta: number(1n), from: number(count - 2n, [1]) };
  const { all, last } = session.runSync(feeds, { copy: false });
  assert.equal(all.data.length, Number(count));
  assert.equal(all.data.at(-1), count - 1n);
  assert.deepEqual([...last.data], [count - 2n, count - 1n]);
  session.release();
});

test('outputs are copies, views, or tensors of the caller', async () => {
  const session = await Session.load(identity('float32', [3]));
  const x = Float32Array.of(1, 2, 3);
  const copy = session.runSync({ x }).y;
  const view = session.runSync({ x: Float32Array.of(4, 5, 6) }, { copy: false }).y;
  assert.deepEqual([...copy.data], [1, 2, 3]);
  assert.deepEqual([...view.data], [4, 5, 6]);
  assert.notEqual(view.data.byteOffset, 0);
  const mine = new Tensor(new Float32Array(3));
  assert.equal(session.runSync({ x }, { into: { y: mine } }).y, mine);
  assert.deepEqual([...mine.data], [1, 2, 3]);
  assert.throws(() => session.runSync({ x }, { into: { y: new Tensor(new Float32Array(2)) } }), failsWith('INVALID_ARGUMENT', /\[3\].*\[2\]/));
  assert.throws(() => session.runSync({ x }, { outputs: ['z'] }), failsWith('NOT_FOUND', /'z'/));
  assert.deepEqual(Object.keys(session.runSync({ x }, { outputs: [] })), []);
  session.release();
});

test('feeds that cannot be right are refused in words', async () => {
  const session = await Session.load(modelPath('digits.onnx'));
  const image = new Float32Array(64);
  await assert.rejects(session.run({}), failsWith('INVALID_ARGUMENT', /'image' is missing/));
  await assert.rejects(session.run({ image, picture: image }), failsWith('NOT_FOUND', /no input 'picture'; it has 'image'/));
  await assert.rejects(session.run({ image: new Float32Array(63) }), failsWith('INVALID_ARGUMENT', /batch, 1, 8, 8/));
  await assert.rejects(session.run({ image: new Float64Array(64) }), failsWith('INVALID_ARGUMENT', /Float32Array, not a Float64Array/));
  await assert.rejects(session.run({ image: new Tensor('int32', [1], [1]) }), WedgeError);
  await assert.rejects(session.run({ image: 'a picture' }), failsWith('INVALID_ARGUMENT', /not string/));
  // And the session goes on.
  assert.equal((await session.run({ image })).probabilities.size, 10);
  session.release();
});

test('memory and profile', async () => {
  const session = await Session.load(modelPath('mnist.onnx'));
  const feeds = { [session.inputs[0].name]: mnistImage() };
  session.runSync(feeds);
  const memory = await session.memory();
  assert.ok(memory.weights + memory.packed > 0 && memory.arena > 0 && memory.total >= memory.arena);
  const profile = await session.profile(feeds, 0.01);
  assert.ok(JSON.stringify(profile).includes('Conv'));
  await session.trim();
  session.release();
});

test('what is released stays released', async () => {
  const session = await Session.load(modelPath('mnist.onnx'));
  session.release();
  session.release();
  await assert.rejects(session.run({}), failsWith('INVALID_HANDLE', /released/));
  await assert.rejects(session.memory(), failsWith('INVALID_HANDLE', /released/));
  const other = await Session.load(modelPath('mnist.onnx'));
  other[Symbol.dispose]();
  assert.throws(() => other.runSync({}), failsWith('INVALID_HANDLE', /released/));
});

test('sessions may share an engine', async () => {
  const engine = await Engine.create();
  assert.match(engine.version, /^\d+\.\d+\.\d+/);
  const first = await Session.load(identity('float32', [2]), { engine });
  const second = await Session.load(identity('int32', [2]), { engine });
  const x = Float32Array.of(1, 2);
  first.runSync({ x });
  assert.deepEqual([...second.runSync({ x: Int32Array.of(3, 4) }).y.data], [3, 4]);
  first.release();
  assert.deepEqual([...second.runSync({ x: Int32Array.of(5, 6) }).y.data], [5, 6]);
  second.release();
  const third = await Session.load(identity('float32', [2]), { engine });
  assert.deepEqual([...third.runSync({ x }).y.data], [1, 2]);
  engine.release();
  await assert.rejects(Session.load(identity('float32', [2]), { engine }), failsWith('INVALID_HANDLE', /engine has been released/));
});

test('rewrites can be left out', async () => {
  const x = Float32Array.of(-1, 1);
  const relu = oneNode('Relu', [{ name: 'x', type: 'float32', dims: [2] }], [{ name: 'y', type: 'float32' }]);
  for (const options of [{ optimization: 'none' }, { optimization: 'basic' }, { withoutPasses: ['fuse_conv'] }]) {
    const session = await Session.load(relu, options);
    assert.deepEqual([...session.runSync({ x }).y.data], [0, 1]);
    session.release();
  }
  await assert.rejects(Session.load(relu, { withoutPasses: ['no_such_pass'] }), WedgeError);
});
