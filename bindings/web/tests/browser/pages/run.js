// Runs mnist and tells what came out; used by pages and workers.
import { Session } from '../dist/index.js';

export async function runMnist(options, model = new URL('../models/mnist.onnx', import.meta.url)) {
  const session = await Session.load(model, options);
  const image = Float32Array.from({ length: 28 * 28 }, (_, i) => Math.sin(i * i));
  const outputs = await session.run({ [session.inputs[0].name]: image });
  const memory = await session.memory();
  session.release();
  return { data: [...outputs[session.outputs[0].name].data], total: memory.total };
}
