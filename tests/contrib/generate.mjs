// Writes test cases for the operators of domain com.microsoft in the layout of ONNX's backend tests, with the outputs
// of ONNX Runtime: node tests/contrib/generate.mjs PATH_TO_NODE_MODULES
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { model, tensor } from './protobuf.mjs';

if (process.argv.length !== 3) {
  console.error('usage: node generate.mjs PATH_TO_NODE_MODULES');
  process.exit(2);
}
const require = createRequire(join(resolve(process.argv[2]), 'node_modules.js'));
const ort = require(join(resolve(process.argv[2]), 'onnxruntime-node'));
const folder = join(dirname(fileURLToPath(import.meta.url)), 'cases');

// The same numbers on every run.
let seed = 1;
function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

const count = (dims) => dims.reduce((product, dim) => product * dim, 1);
const floats = (...dims) => ({
  type: 'float32', dims, data: Float32Array.from({ length: count(dims) }, () => 4 * random() - 2),
});

const cases = {
  gelu: { op: 'Gelu', inputs: [floats(3, 5)] },
  bias_gelu: { op: 'BiasGelu', inputs: [floats(2, 3, 5), floats(5)] },
  fast_gelu: { op: 'FastGelu', inputs: [floats(3, 5)] },
  fast_gelu_bias: { op: 'FastGelu', inputs: [floats(2, 3, 5), floats(5)] },
  quick_gelu: { op: 'QuickGelu', inputs: [floats(3, 5)] },
  quick_gelu_alpha: { op: 'QuickGelu', inputs: [floats(3, 5)], attributes: { alpha: 0.75 } },
  skip_layer_normalization: {
    op: 'SkipLayerNormalization', inputs: [floats(2, 3, 8), floats(2, 3, 8), floats(8), floats(8)],
    attributes: { epsilon: 1e-5 },
  },
  skip_layer_normalization_sum: {
    op: 'SkipLayerNormalization', inputs: [floats(2, 3, 8), floats(2, 3, 8), floats(8), null, floats(8)],
    outputs: ['float32', null, null, 'float32'], attributes: { epsilon: 1e-5 },
  },
  skip_layer_normalization_shared: {
    op: 'SkipLayerNormalization', inputs: [floats(2, 3, 8), floats(3, 8), floats(8)],
  },
  skip_simplified_layer_normalization: {
    op: 'SkipSimplifiedLayerNormalization', inputs: [floats(2, 3, 8), floats(2, 3, 8), floats(8), floats(8)],
    outputs: ['float32', null, null, 'float32'], attributes: { epsilon: 1e-5 },
  },
  simplified_layer_normalization: {
    op: 'SimplifiedLayerNormalization', domain: '', inputs: [floats(2, 3, 8), floats(8)],
    attributes: { axis: { int: -1 }, epsilon: 1e-5 },
  },
};

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function ortTensor({ type, dims, data }) {
  return new ort.Tensor(type, data, dims);
}

rmSync(folder, { recursive: true, force: true });
for (const [name, test] of Object.entries(cases)) {
  const inputs = test.inputs.map((input, i) => input && { ...input, name: `input_${i}` });
  const outputs = (test.outputs ?? ['float32']).map((type, i) => type && { name: `output_${i}`, type });
  const bytes = model({ domain: 'com.microsoft', ...test, inputs, outputs });
  const session = await ort.InferenceSession.create(bytes);
  const given = inputs.filter((input) => input);
  const results = await session.run(Object.fromEntries(given.map((input) => [input.name, ortTensor(input)])));
  const target = join(folder, name);
  write(join(target, 'model.onnx'), bytes);
  given.forEach((input, i) => write(join(target, 'test_data_set_0', `input_${i}.pb`), tensor(input, input.name)));
  outputs.filter((output) => output).forEach((output, i) => {
    const { type, dims, data } = results[output.name];
    write(join(target, 'test_data_set_0', `output_${i}.pb`), tensor({ type, dims, data }, output.name));
  });
}
console.log(`${Object.keys(cases).length} cases in ${folder}`);
