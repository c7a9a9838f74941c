// Runs a model natively and in another way on the same input, and compares what comes out: a program for another
// processor under an emulator, or for WebAssembly under node:wasi.
// usage: node compare.mjs NATIVE_PROGRAM OTHER_PROGRAM digits|mnist [EMULATOR]
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { WASI } from 'node:wasi';

const models = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../models');

/** The values of a .npy file of floats. */
function npyFloats(file) {
  const bytes = fs.readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
}

const cases = {
  digits: { dims: [16, 1, 8, 8], input: () => npyFloats(path.join(models, 'digits-input.npy')) },
  mnist: { dims: [1, 1, 28, 28], input: () => Float32Array.from({ length: 28 * 28 }, (_, i) => Math.sin(i * i)) },
};

async function runWasm(program, folder, args) {
  const wasi = new WASI({
    version: 'preview1',
    args: ['run_model', ...args],
    preopens: { [models]: models, [folder]: folder },
    returnOnExit: true,
  });
  const module = await WebAssembly.compile(fs.readFileSync(program));
  return wasi.start(await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport }));
}

const floats = (file) => {
  const bytes = fs.readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

const [native, other, name, emulator] = process.argv.slice(2);
const { dims, input } = cases[name];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wedge-'));
try {
  const file = (kind) => path.join(folder, kind);
  const args = (output) => [path.join(models, `${name}.onnx`), file('input'), file(output), ...dims.map(String)];
  fs.writeFileSync(file('input'), new Uint8Array(input().buffer));
  execFileSync(native, args('native'), { stdio: 'inherit' });
  if (emulator) execFileSync(emulator, [other, ...args('other')], { stdio: 'inherit' });
  else assert.equal(await runWasm(other, folder, args('other')), 0, 'the WebAssembly program failed');

  const expected = floats(file('native'));
  const got = floats(file('other'));
  assert.ok(expected.length > 0);
  assert.equal(got.length, expected.length);
  let worst = 0;
  expected.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(got[i] - value));
    // Kernels sum in another order where vectors are shorter, and simd128 cannot fuse multiply and add.
    assert.ok(Math.abs(got[i] - value) <= 1e-5 + 1e-5 * Math.abs(value), `output ${i}: ${got[i]}, natively ${value}`);
  });
  console.log(`${name}: ${got.length} values, worst difference ${worst}`);
} finally {
  fs.rmSync(folder, { recursive: true });
}
