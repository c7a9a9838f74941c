import assert from 'node:assert/strict';
import test from 'node:test';
import { Engine, Session } from 'wedge-onnx';
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

test('a steady run takes no more memory', async () => {
  const session = await Session.load(bytes);
  const feeds = { [session.inputs[0].name]: mnistImage() };
  session.runSync(feeds);
  const { total } = await session.memory();
  for (let i = 0; i < 2000; ++i) session.runSync(feeds);
  assert.equal((await session.memory()).total, total);
  session.release();
});
