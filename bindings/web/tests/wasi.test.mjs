// The modules as a WASI runtime sees them, through the exports of wedge.h and nothing of the package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { WASI } from 'node:wasi';
import { Session } from 'wedge-onnx';
import { dist, hasThreads, mnistImage, modelBytes, modelPath } from './support.mjs';

const moduleOf = (variant) => new WebAssembly.Module(readFileSync(join(dist, `wedge-${variant}.wasm`)));

test('mnist runs in a reactor of node:wasi', async () => {
  const wasi = new WASI({ version: 'preview1' });
  const instance = await WebAssembly.instantiate(moduleOf('simd'), wasi.getImportObject());
  wasi.initialize(instance);
  const { exports } = instance;
  const view = () => new DataView(exports.memory.buffer);
  const scratch = exports.wedge_allocate(64);
  const word = (offset = 0) => view().getUint32(scratch + offset, true);
  const made = (call, ...parameters) => {
    assert.equal(exports[call](...parameters, scratch), 0, call);
    return word();
  };
  const put = (address, bytes) => new Uint8Array(exports.memory.buffer, address, bytes.length).set(bytes);

  const loader = made('wedge_loader_create', 0);
  const bytes = modelBytes('mnist.onnx');
  for (let done = 0; done < bytes.length;) {
    assert.equal(exports.wedge_loader_next(loader, bytes.length - done, scratch, scratch + 4), 0);
    const piece = bytes.subarray(done, done + word(4));
    put(word(), piece);
    assert.equal(exports.wedge_loader_advance(loader, piece.length), 0);
    done += piece.length;
  }
  const session = made('wedge_loader_finish', loader);

  const dims = exports.wedge_allocate(32);
  [1, 1, 28, 28].forEach((dim, i) => view().setBigInt64(dims + 8 * i, BigInt(dim), true));
  const float32 = 1;
  const image = made('wedge_tensor_create', float32, dims, 4);
  made('wedge_tensor_get_info', image);
  put(word(12), new Uint8Array(mnistImage().buffer));

  const binding = made('wedge_binding_create', session);
  assert.equal(exports.wedge_binding_set_input(binding, 0, image), 0);
  assert.equal(exports.wedge_binding_run(binding), 0);
  made('wedge_tensor_get_info', made('wedge_binding_get_output', binding, 0));
  const result = new Float32Array(exports.memory.buffer.slice(word(12), word(12) + word(16)));

  const expected = await Session.load(modelPath('mnist.onnx'), { variant: 'simd' });
  assert.deepEqual(result, Object.values(expected.runSync({ [expected.inputs[0].name]: mnistImage() }))[0].data);
  expected.release();
});

test('modules ask for nothing but a clock, and those with threads for a memory', () => {
  for (const variant of hasThreads ? ['simd', 'relaxed', 'simd-threads', 'relaxed-threads'] : ['simd']) {
    const bytes = readFileSync(join(dist, `wedge-${variant}.wasm`));
    // Relaxed SIMD that the engine does not know.
    if (!WebAssembly.validate(bytes)) continue;
    const asked = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ module, name }) => `${module}.${name}`).sort();
    const clock = 'wasi_snapshot_preview1.clock_time_get';
    assert.deepEqual(asked, variant.endsWith('threads') ? ['env.memory', clock] : [clock], variant);
  }
});
