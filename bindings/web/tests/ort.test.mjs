import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import * as common from 'onnxruntime-common';
import byDefault, * as ort from 'wedge-onnx/ort';
import { identity, mnistImage, modelBytes, modelPath } from './support.mjs';

test('a session as onnxruntime-web has it', async () => {
  const session = await ort.InferenceSession.create(modelPath('digits.onnx'), { executionProviders: ['webgpu', 'wasm'], graphOptimizationLevel: 'all' });
  assert.deepEqual(session.inputNames, ['image']);
  assert.deepEqual(session.outputNames, ['probabilities']);
  assert.deepEqual(session.inputMetadata, [{ name: 'image', isTensor: true, type: 'float32', shape: ['batch', 1, 8, 8] }]);
  const results = await session.run({ image: new ort.Tensor('float32', new Float32Array(64), [1, 1, 8, 8]) });
  assert.ok(results.probabilities instanceof ort.Tensor);
  assert.equal(results.probabilities.data.length, 10);
  assert.equal(await results.probabilities.getData(), results.probabilities.data);
  await session.release();
  await assert.rejects(session.run({ image: new ort.Tensor(new Float32Array(64), [1, 1, 8, 8]) }), /released/);
});

test('models as buffers and parts of buffers', async () => {
  const bytes = readFileSync(modelPath('mnist.onnx'));
  const padded = new Uint8Array(bytes.length + 20);
  padded.set(bytes, 10);
  for (const parameters of [[bytes], [modelBytes('mnist.onnx').buffer], [padded.buffer, 10, bytes.length], [padded.buffer, 10, bytes.length, {}]]) {
    const session = await ort.InferenceSession.create(...parameters);
    const results = await session.run({ [session.inputNames[0]]: new ort.Tensor(mnistImage(), [1, 1, 28, 28]) });
    assert.equal(results[session.outputNames[0]].size, 10);
    await session.release();
  }
});

test('fetches', async () => {
  const session = await ort.InferenceSession.create(identity('float32', [2]));
  const x = new ort.Tensor('float32', [1, 2], [2]);
  const into = new ort.Tensor(new Float32Array(2), [2]);
  assert.deepEqual(Object.keys(await session.run({ x }, ['y'])), ['y']);
  assert.deepEqual(Object.keys(await session.run({ x }, { y: null })), ['y']);
  assert.deepEqual(Object.keys(await session.run({ x }, { tag: 'options' })), ['y']);
  assert.equal((await session.run({ x }, { y: into })).y, into);
  assert.deepEqual([...into.data], [1, 2]);
  await assert.rejects(session.run({ x }, ['z']), RangeError);
  await assert.rejects(session.run(x), TypeError);
  // Tensors of the other library serve as well.
  assert.deepEqual([...(await session.run({ x: new common.Tensor('float32', [3, 4], [2]) })).y.data], [3, 4]);
  await session.release();
});

test('tensors as onnxruntime-common makes them', () => {
  const makers = [
    (T) => new T('float32', [1, 2, 3, 4], [2, 2]), (T) => new T(new Int8Array(3)), (T) => new T('int64', [1n, 2n]),
    (T) => new T('int64', [1, 2]), (T) => new T(['a', 'b'], [2, 1]), (T) => new T([true, false]), (T) => new T('bool', [true, false], [2]),
    (T) => new T(new Uint8ClampedArray(2)), (T) => new T('uint4', new Uint8Array(2), [3]), (T) => new T('string', ['a'], []),
    (T) => T.fromPinnedBuffer('float32', new Float32Array(2), [2]), (T) => new T(new Float64Array(0), [0, 3]),
    (T) => new T('float16', new Uint16Array([0x3c00, 0x4000])),
  ];
  const wrong = [
    (T) => new T('float32', [1], [2]), (T) => new T([]), (T) => new T([1]), (T) => new T('nothing', [1]),
    (T) => new T('float32', new Int8Array(1)), (T) => new T(new Float32Array(1), [-1]),
  ];
  // Only engines that have an array for them know what numbers are as float16.
  ('Float16Array' in globalThis ? makers : wrong).push((T) => new T('float16', [1, 2]));
  for (const make of makers) {
    const [ours, theirs] = [make(ort.Tensor), make(common.Tensor)];
    for (const member of ['type', 'dims', 'size', 'data']) assert.deepEqual(ours[member], theirs[member], `${make}: ${member}`);
  }
  for (const make of wrong) {
    assert.throws(() => make(common.Tensor));
    assert.throws(() => make(ort.Tensor), `${make}`);
  }
  const tensor = new ort.Tensor(new Float32Array(4));
  assert.deepEqual(tensor.reshape([2, 2]).dims, [2, 2]);
  assert.equal(tensor.location, 'cpu');
  tensor.dispose();
  assert.equal(tensor.location, 'none');
  assert.throws(() => tensor.data, /disposed/);
  assert.throws(() => ort.Tensor.fromGpuBuffer({}, {}), /processor/);
});

test('all that programs import is there', () => {
  assert.equal(byDefault.InferenceSession, ort.InferenceSession);
  // What is not marks the calls of ONNX Runtime's own functions for profilers.
  const missing = Object.keys(common).filter((name) => !(name in ort) && !name.startsWith('TRACE'));
  assert.deepEqual(missing, []);
  assert.deepEqual(Object.keys(byDefault).filter((name) => byDefault[name] !== ort[name]), []);
  ort.registerBackend('webgpu', {}, 1);
});

test('settings are accepted', async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.simd = true;
  ort.env.wasm.wasmPaths = 'https://cdn.example/onnxruntime-web/dist/';
  ort.env.logLevel = 'error';
  ort.env.webgpu.powerPreference = 'high-performance';
  const session = await ort.InferenceSession.create(modelBytes('mnist.onnx'), { logSeverityLevel: 3, enableMemPattern: true });
  await session.release();
  ort.env.wasm.proxy = true;
  const proxied = await ort.InferenceSession.create(modelBytes('mnist.onnx'));
  assert.equal((await proxied.run({ [proxied.inputNames[0]]: new ort.Tensor(mnistImage(), [1, 1, 28, 28]) }))[proxied.outputNames[0]].size, 10);
  await proxied.release();
  ort.env.wasm.proxy = false;
});

test("onnxruntime-common's own registry runs on this engine", async () => {
  common.registerBackend('wasm', ort.backend, 100);
  const session = await common.InferenceSession.create(modelPath('digits.onnx'), { executionProviders: ['wasm'] });
  assert.deepEqual(session.outputNames, ['probabilities']);
  const { probabilities } = await session.run({ image: new common.Tensor('float32', new Float32Array(64), [1, 1, 8, 8]) });
  assert.ok(probabilities instanceof common.Tensor);
  assert.deepEqual(probabilities.dims, [1, 10]);
  await session.release();
});
