import assert from 'node:assert/strict';
import test from 'node:test';
import { Engine, Session, Tensor } from 'wedge-onnx';
import { model } from '../../../tests/contrib/protobuf.mjs';
import { mnistImage, modelBytes } from './support.mjs';

const bytes = modelBytes('mnist.onnx');
const megabytes = () => process.memoryUsage().rss / 2 ** 20;

async function once(options) {
  const session = await Session.load(bytes, options);
  session.runSync({ [session.inputs[0].name]: mnistImage() });
  const { total } = await session.memory();
  session.release();
  return total;
}

test('200 sessions in one engine take the memory of one', async () => {
  const engine = await Engine.create();
  await once({ engine });
  const before = await once({ engine });
  let after = 0;
  for (let i = 0; i < 200; ++i) after = await once({ engine });
  assert.equal(after, before);
  engine.release();
});

test('200 sessions, one after the other, leave nothing behind', async () => {
  for (let i = 0; i < 40; ++i) await once();
  const before = megabytes();
  for (let i = 0; i < 200; ++i) await once();
  const growth = megabytes() - before;
  assert.ok(growth < 40, `the process grew by ${growth.toFixed(1)} MB`);
});

test('memory grows seldom', async () => {
  const engine = await Engine.create();
  const grown = new Set();
  const held = [];
  for (let i = 0; i < 1000; ++i) {
    held.push(engine.allocate(1 << 16));
    grown.add(engine.bytes.length);
  }
  assert.ok(grown.size < 30, `a thousand times 64 KB came from ${grown.size} sizes of memory`);
  for (const address of held) engine.exports.wedge_free(address);
  engine.reserve(1 << 28);
  const { length } = engine.bytes;
  assert.ok(length >= 1 << 28);
  engine.allocate(1 << 27);
  assert.equal(engine.bytes.length, length);
  engine.release();
});

test('a steady run takes no more memory', async () => {
  const session = await Session.load(bytes);
  const feeds = { [session.inputs[0].name]: mnistImage() };
  session.runSync(feeds);
  const { total } = await session.memory();
  for (let i = 0; i < 2000; ++i) session.runSync(feeds);
  assert.equal((await session.memory()).total, total);
  session.release();
});

test('memory that is full is an error, and no end of the engine', async () => {
  const engine = await Engine.create();
  const held = [];
  for (let size = 2 ** 28; size >= 2 ** 16; size /= 2) {
    try {
      for (;;) held.push(engine.allocate(size));
    } catch ({ code }) {
      assert.equal(code, 'OUT_OF_MEMORY');
    }
  }
  // What cannot be refused, since it is small, is not.
  const small = Array.from({ length: 16 }, () => engine.allocate(60_000));
  for (const address of small) engine.exports.wedge_free(address);
  const outcomes = new Set();
  while (held.length > 0 && !outcomes.has('done')) {
    outcomes.add(await once({ engine }).then(() => 'done', ({ code }) => code));
    engine.exports.wedge_free(held.pop());
  }
  assert.deepEqual([...outcomes], ['OUT_OF_MEMORY', 'done']);
  engine.release();
});

const side = 1024;
const weights = { name: 'w', type: 'float32', dims: [side, side], data: new Float32Array(side * side).fill(1), constant: true };

/** An engine, and what loads one more product by the weights in it and tells how much memory there is then. */
async function products(op, domain) {
  const inputs = [{ name: 'x', type: 'float32', dims: undefined }, weights];
  const bytes = new Uint8Array(model({ op, domain, inputs, outputs: [{ name: 'y', type: 'float32' }] }));
  const engine = await Engine.create();
  const load = async () => {
    const session = await Session.load(bytes, { engine });
    for (const rows of [1, 3]) {
      const { y } = session.runSync({ x: new Tensor('float32', new Float32Array(rows * side).fill(1), [rows, side]) });
      assert.ok(y.data.every((sum) => sum === side));
    }
    return (await session.memory()).total;
  };
  return { engine, load };
}

test('weights that are packed while they arrive are nowhere besides', async () => {
  const { engine, load } = await products('MatMul', '');
  // What is large leaves so much to what is small, whose memory has no part in this.
  engine.reserve(2 ** 20);
  const before = engine.bytes.length;
  const growth = (await load()) - before;
  assert.ok(growth < 1.5 * weights.data.byteLength, `a session takes ${growth} bytes`);
  engine.release();
});

test('what weights were packed from goes', async () => {
  const { engine, load } = await products('FusedMatMul', 'com.microsoft');
  // The second session's weights arrive where the first one's did.
  const growth = -(await load()) + (await load());
  assert.ok(growth < 1.25 * weights.data.byteLength, `another session takes ${growth} bytes`);
  engine.release();
});
