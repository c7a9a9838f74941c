// What several tests use: the repository's models, models of one node, the native build's results.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { model } from '../../../tests/contrib/protobuf.mjs';

export const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..');
export const repository = join(packageFolder, '../..');
export const dist = join(packageFolder, 'dist');
export const modelPath = (name) => join(repository, 'models', name);
export const modelBytes = (name) => new Uint8Array(readFileSync(modelPath(name)));

/** The values of a .npy file of floats. */
export function npyFloats(name) {
  const bytes = readFileSync(modelPath(name));
  const start = 10 + bytes.readUInt16LE(8);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
}

export const mnistImage = () => Float32Array.from({ length: 28 * 28 }, (_, i) => Math.sin(i * i));

/** A model of one node of ONNX's own operators. */
export function oneNode(op, inputs, outputs, { attributes = {}, opset = 17 } = {}) {
  return model({ op, domain: '', opset, inputs, outputs, attributes });
}

export const identity = (type, dims) => oneNode('Identity', [{ name: 'x', type, dims }], [{ name: 'y', type }]);

const nativeProgram = join(repository, 'build/release/tests/wasm/wedge-run-model');

/** What the native build makes of an input of floats; undefined where there is no such build. */
export function nativeResult(name, input, dims) {
  if (!existsSync(nativeProgram)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'wedge-'));
  try {
    writeFileSync(join(folder, 'input'), new Uint8Array(input.buffer));
    execFileSync(nativeProgram, [modelPath(name), join(folder, 'input'), join(folder, 'output'), ...dims.map(String)]);
    const bytes = readFileSync(join(folder, 'output'));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function worstDifference(a, b) {
  if (a.length !== b.length) return Infinity;
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
}

export const hasThreads = existsSync(join(dist, 'wedge-simd-threads.wasm'));
