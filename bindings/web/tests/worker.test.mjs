import assert from 'node:assert/strict';
import test from 'node:test';
import { Session, Tensor, WedgeError } from 'wedge-onnx';
import { externalModel } from './models.mjs';
import { hasThreads, identity, mnistImage, modelBytes, modelPath } from './support.mjs';

async function mnist(options, model = modelPath('mnist.onnx')) {
  const session = await Session.load(model, options);
  const outputs = await session.run({ [session.inputs[0].name]: mnistImage() });
  session.release();
  return outputs[session.outputs[0].name].data;
}

test('a session in a worker does the same', async () => {
  assert.deepEqual(await mnist({ worker: true }), await mnist({}));
});

test('all a session can do, it can do in a worker', async () => {
  const progress = [];
  const session = await Session.load(identity('string'), { worker: true, onProgress: (step) => progress.push(step) });
  assert.deepEqual(session.inputs[0].name, 'x');
  assert.equal(progress.length, 1);
  const runs = ['a', 'b', 'c'].map((text) => session.run({ x: new Tensor([text]) }));
  assert.deepEqual((await Promise.all(runs)).map(({ y }) => y.data[0]), ['a', 'b', 'c']);
  assert.ok((await session.memory()).total > 0);
  await session.trim();
  assert.ok(await session.profile({ x: new Tensor(['a']) }, 0.001));
  assert.throws(() => session.runSync({ x: new Tensor(['a']) }), { code: 'UNSUPPORTED' });
  await assert.rejects(session.run({}), (error) => error instanceof WedgeError && error.code === 'INVALID_ARGUMENT');
  session.release();
  await assert.rejects(session.run({ x: new Tensor(['a']) }), { code: 'INVALID_HANDLE' });
});

test('into works across threads', async () => {
  const session = await Session.load(identity('float32', [2]), { worker: true });
  const y = new Tensor(new Float32Array(2));
  assert.equal((await session.run({ x: Float32Array.of(1, 2) }, { into: { y } })).y, y);
  assert.deepEqual([...y.data], [1, 2]);
  session.release();
});

test('streams go to a worker', async () => {
  const bytes = modelBytes('mnist.onnx');
  let at = 0;
  const pieces = () => new ReadableStream({
    pull: (controller) => {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += 7000)));
      else controller.close();
    },
  });
  const expected = await mnist({});
  assert.deepEqual(await mnist({ worker: true }, pieces()), expected);
  at = 0;
  assert.deepEqual(await mnist({ worker: true }, new Response(pieces())), expected);
  const external = externalModel();
  const session = await Session.load(external.bytes, { worker: true, externalData: { 'weights.bin': new Blob([external.weights]).stream() } });
  assert.deepEqual([...(await session.run({ x: Float32Array.of(1, 2) })).y.data], [11, 22]);
  session.release();
  const broken = new ReadableStream({
    pull: () => {
      throw new Error('the line went dead');
    },
  });
  await assert.rejects(Session.load(broken, { worker: true }), /the line went dead/);
});

test('errors of a load in a worker arrive', async () => {
  await assert.rejects(Session.load(new Uint8Array(3), { worker: true }), WedgeError);
  await assert.rejects(Session.load('/no/such.onnx', { worker: true }), { code: 'NOT_FOUND' });
  await assert.rejects(Session.load(modelBytes('mnist.onnx'), { worker: true, signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('a load in a worker can be aborted', async () => {
  const abort = new AbortController();
  let stuck;
  const cancelled = new Promise((resolve) => {
    stuck = new ReadableStream({
      start: (controller) => controller.enqueue(modelBytes('mnist.onnx').subarray(0, 1000)),
      cancel: resolve,
    });
  });
  const loading = Session.load(stuck, { worker: true, signal: abort.signal, onProgress: () => abort.abort(new Error('enough')) });
  await assert.rejects(loading, /enough/);
  // Word of it comes from the worker, and may come later.
  await cancelled;
});

test('threads give the same bits', { skip: !hasThreads }, async () => {
  const one = await mnist({});
  assert.deepEqual(await mnist({ threads: 2 }), one);
  assert.deepEqual(await mnist({ threads: 2, worker: true }), one);
});
