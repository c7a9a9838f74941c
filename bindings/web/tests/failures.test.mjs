import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { Engine, Session, Tensor, WedgeError } from 'wedge-onnx';
import { dist, hasThreads, mnistImage, modelBytes, modelPath, oneNode } from './support.mjs';

const failsWith = (code, message = /./) => (error) =>
  (error instanceof WedgeError && error.code === code && message.test(error.message)) || assert.fail(`${error.code}: ${error}`);

const floats = (name, dims) => ({ name, type: 'float32', dims });

async function works() {
  const session = await Session.load(modelPath('mnist.onnx'));
  session.runSync({ [session.inputs[0].name]: mnistImage() });
  session.release();
}

test('damaged models are errors', async () => {
  const bytes = modelBytes('mnist.onnx');
  for (const damaged of [new Uint8Array(), new Uint8Array(100), bytes.subarray(0, 100), bytes.subarray(0, bytes.length - 1), bytes.subarray(1)]) {
    await assert.rejects(Session.load(damaged), WedgeError);
  }
  // One byte after the other; whether it still loads is the byte's business, that nothing stops is ours.
  for (let i = 0; i < bytes.length; i += 211) {
    const damaged = bytes.slice();
    damaged[i] ^= 0xff;
    const session = await Session.load(damaged).catch((error) => error);
    if (session instanceof WedgeError) assert.notEqual(session.code, 'INTERNAL', `byte ${i}: ${session.message}`);
    else session.release();
  }
  await works();
});

test('errors name the node and its operator', async () => {
  const model = oneNode('NoSuchOperator', [floats('x', [1])], [floats('y')]);
  await assert.rejects(Session.load(model), (error) => failsWith('UNSUPPORTED', /NoSuchOperator of opset 17/)(error));
  const session = await Session.load(oneNode('MatMul', [floats('a'), floats('b')], [floats('y')]));
  const { Tensor } = await import('wedge-onnx');
  const feeds = { a: new Tensor('float32', [1, 2], [1, 2]), b: new Tensor('float32', [1, 2, 3], [3, 1]) };
  await assert.rejects(session.run(feeds), (error) => error instanceof WedgeError && error.operator === 'MatMul');
  session.release();
});

test('sizes that no memory has', async () => {
  const outcome = async (op, inputs, attributes, opset = 17) => {
    try {
      const session = await Session.load(oneNode(op, inputs, [floats('y')], { attributes, opset }));
      const feeds = session.inputs.map(({ name, dims }) => [name, new Tensor(new Float32Array(dims.reduce((a, b) => a * b)).fill(1), dims)]);
      const { y } = session.runSync(Object.fromEntries(feeds));
      session.release();
      return `${y.dims}: ${y.data}`;
    } catch ({ code }) {
      return code;
    }
  };
  const image = floats('x', [1, 3, 32, 32]);
  const filter = floats('w', [4, 3, 3, 3]);
  assert.equal(await outcome('MaxPool', [floats('x', [1, 1, 5, 5])], { kernel_shape: [2, 2], strides: [2, 2 ** 29] }), '1,1,2,1: 1,1');
  const sameSize = (kernel) => outcome('MaxPool', [image], { auto_pad: 'SAME_UPPER', kernel_shape: kernel });
  assert.equal(await sameSize([2, 2 ** 30 + 1]), 'OUT_OF_RANGE');
  // More than 32 bits count, but only what is there is looked at.
  assert.equal(await sameSize([2 ** 16, 2 ** 16]), `1,3,32,32: ${new Array(3 * 32 * 32).fill(1)}`);
  const pads = new Array(4).fill(2 ** 17);
  const plane = new Array(17 * 17).fill(0);
  plane[8 * 17 + 8] = 27;
  assert.equal(await outcome('Conv', [image, filter], { pads, strides: [2 ** 14, 2 ** 14] }), `1,4,17,17: ${[plane, plane, plane, plane].flat()}`);
  assert.equal(await outcome('Conv', [image, filter], { auto_pad: 'SAME_LOWER', dilations: [2 ** 30, 2 ** 30] }), 'OUT_OF_RANGE');
  const dot = floats('x', [1, 1, 2, 2]);
  assert.equal(await outcome('ConvTranspose', [dot, floats('w', [1, 1, 2, 2])], { strides: [2 ** 30, 2 ** 30], pads: [2 ** 30, 2 ** 30, 1, 1] }),
               'OUT_OF_RANGE');
  // 300 GB of products between.
  const cut = { pads: new Array(4).fill(150) };
  assert.equal(await outcome('ConvTranspose', [floats('x', [1, 1, 256, 256]), floats('w', [1, 64, 129, 129])], cut), 'OUT_OF_MEMORY');
  // Weights that fit, but not in the kernel's form, which fills panels up.
  const thin = [{ name: 'x', type: 'uint8', dims: [1, 536_872_960] }, { name: 'w', type: 'uint8', dims: [536_872_960, 1] }];
  await assert.rejects(Session.load(oneNode('MatMulInteger', thin, [{ name: 'y', type: 'int32' }])), failsWith('OUT_OF_MEMORY'));
  assert.equal(await outcome('Conv', [floats('x', [1, 2 ** 25, 3, 3]), floats('w', [2 ** 15, 2 ** 10, 3, 3])], { group: { int: 2 ** 15 } }), 'OUT_OF_MEMORY');
  assert.equal(await outcome('MatMul', [floats('x', [70_000, 1]), floats('w', [1, 70_000])], {}), 'OUT_OF_RANGE');
  assert.equal(await outcome('ReduceSum', [floats('x', [2 ** 53 - 1, 2 ** 20, 3])], { axes: [2] }, 11), 'OUT_OF_RANGE');
});

test('files that are not there', async () => {
  await assert.rejects(Session.load('/no/such/model.onnx'), failsWith('NOT_FOUND', /no.such.model/));
  await assert.rejects(Session.load(modelPath('')), failsWith('IO', /models.*directory/));
  await assert.rejects(Session.load(new Response('', { status: 404 })), failsWith('NOT_FOUND', /404/));
  await works();
});

test('no file stays open', async () => {
  const open = () => readdirSync('/proc/self/fd').length;
  await works();
  const released = await Engine.create();
  released.release();
  const before = open();
  for (let i = 0; i < 20; ++i) {
    await assert.rejects(Session.load(modelPath('mnist.onnx'), { engine: released }), failsWith('INVALID_HANDLE'));
    await assert.rejects(Session.load(modelPath('mnist.onnx'), { maxMemory: 1000 }));
    await works();
  }
  assert.ok(open() < before + 10, `${before} files were open, now ${open()}`);
});

test('an engine that could not be loaded is tried again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wedge-'));
  const wasm = join(folder, 'engine.wasm');
  try {
    await assert.rejects(Session.load(modelPath('mnist.onnx'), { wasm }), failsWith('NOT_FOUND', /engine\.wasm/));
    copyFileSync(join(dist, 'wedge-simd.wasm'), wasm);
    const session = await Session.load(modelPath('mnist.onnx'), { wasm, variant: 'simd' });
    session.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
  await assert.rejects(Session.load(modelPath('mnist.onnx'), { wasm: new Uint8Array(10) }), failsWith('IO'));
  const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  await assert.rejects(Session.load(modelPath('mnist.onnx'), { wasm: empty }), failsWith('UNSUPPORTED'));
});

test('a load that is aborted ends with the reason', async () => {
  const bytes = modelBytes('mnist.onnx');
  let cancelled = false;
  const stuck = new ReadableStream({
    start: (controller) => controller.enqueue(bytes.subarray(0, 1000)),
    cancel: () => void (cancelled = true),
  });
  const abort = new AbortController();
  const loading = Session.load(stuck, { signal: abort.signal, onProgress: () => abort.abort(new Error('enough')) });
  await assert.rejects(loading, /enough/);
  assert.ok(cancelled);
  await assert.rejects(Session.load(bytes, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  await works();
});

test('a broken stream is an error of the stream', async () => {
  const broken = new ReadableStream({
    start: (controller) => controller.enqueue(modelBytes('mnist.onnx').subarray(0, 1000)),
    pull: () => {
      throw new Error('the line went dead');
    },
  });
  await assert.rejects(Session.load(broken), /the line went dead/);
});

test('an engine for which there is no room is an error', { skip: !hasThreads }, () => {
  // Shared memory has addresses for all that it may grow to.
  const program = `import { Engine } from ${JSON.stringify(pathToFileURL(join(dist, 'node.js')))};
    try {
      const held = [];
      while (held.length < 30) held.push(await Engine.create({ variant: 'simd-threads' }));
    } catch ({ name, code }) {
      console.log(name, code);
    }`;
  const command = 'ulimit -v 20000000; exec "$0" --input-type=module -e "$1"';
  assert.equal(execFileSync('sh', ['-c', command, process.execPath, program]).toString(), 'WedgeError OUT_OF_MEMORY\n');
});

test('memory that is not allowed is not taken', async () => {
  await assert.rejects(Session.load(modelPath('mnist.onnx'), { maxMemory: 1000 }), failsWith('OUT_OF_MEMORY'));
  await works();
});

test('external data is looked for beside the model, or given', async () => {
  const { externalModel } = await import('./models.mjs');
  const { bytes, weights } = externalModel();
  await assert.rejects(Session.load(bytes), failsWith('NOT_FOUND', /weights\.bin/));
  for (const externalData of [{ 'weights.bin': weights }, (location) => (location === 'weights.bin' ? new Blob([weights]) : undefined)]) {
    const session = await Session.load(bytes, { externalData });
    assert.deepEqual([...session.runSync({ x: Float32Array.of(1, 2) }).y.data], [11, 22]);
    session.release();
  }
  const folder = mkdtempSync(join(tmpdir(), 'wedge-'));
  try {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(folder, 'model.onnx'), bytes);
    writeFileSync(join(folder, 'weights.bin'), weights);
    const session = await Session.load(join(folder, 'model.onnx'));
    assert.deepEqual([...session.runSync({ x: Float32Array.of(1, 2) }).y.data], [11, 22]);
    session.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
