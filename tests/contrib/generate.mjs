// Writes test cases in the layout of ONNX's backend tests, with the outputs of ONNX Runtime. A file in families/ exports
// { cases: { name: (values) => ({ op, domain, version, inputs, outputs, attributes }) } }; null is an input or output
// left out, `outputs` are element types (one float32 unless said), and `domain` is com.microsoft unless said.
// usage: node tests/contrib/generate.mjs PATH_TO_NODE_MODULES [FAMILY...]
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { model, tensor } from './protobuf.mjs';
import { values } from './values.mjs';

const [modules, ...wanted] = process.argv.slice(2);
if (modules === undefined) {
  console.error('usage: node generate.mjs PATH_TO_NODE_MODULES [FAMILY...]');
  process.exit(2);
}
const require = createRequire(join(resolve(modules), 'node_modules.js'));
const ort = require(join(resolve(modules), 'onnxruntime-node'));
const here = dirname(fileURLToPath(import.meta.url));

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const strings = ({ type, data }) => (type === 'string' ? Array.from(data) : data);

async function generate(name, make) {
  const test = make(values(name));
  const inputs = test.inputs.map((input, i) => input && { ...input, name: `input_${i}` });
  const outputs = (test.outputs ?? ['float32']).map((type, i) => type && { name: `output_${i}`, type });
  const bytes = model({ domain: 'com.microsoft', ...test, inputs, outputs });
  // Where several threads quantise, each goes by the range of its own part.
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const given = inputs.filter((input) => input && !input.constant);
  const feeds = given.map((input) => [input.name, new ort.Tensor(input.type, strings(input), input.dims)]);
  const results = await session.run(Object.fromEntries(feeds));
  const target = join(here, 'cases', name);
  rmSync(target, { recursive: true, force: true });
  write(join(target, 'model.onnx'), bytes);
  const data = join(target, 'test_data_set_0');
  given.forEach((input, i) => write(join(data, `input_${i}.pb`), tensor(input, input.name)));
  outputs.filter((output) => output).forEach((output, i) => {
    const { type, dims, data: elements } = results[output.name];
    write(join(data, `output_${i}.pb`), tensor({ type, dims, data: elements }, output.name));
  });
}

let written = 0;
for (const file of readdirSync(join(here, 'families')).sort()) {
  if (wanted.length > 0 && !wanted.includes(basename(file, '.mjs'))) continue;
  const { cases } = await import(pathToFileURL(join(here, 'families', file)));
  for (const [name, make] of Object.entries(cases)) {
    try {
      await generate(name, make);
    } catch (error) {
      console.error(`${name}: ${error.message}`);
      process.exitCode = 1;
    }
    ++written;
  }
}
console.log(`${written} cases in ${join(here, 'cases')}`);
