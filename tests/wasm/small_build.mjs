// Builds the module that a model needs and no more, holds its size, and compares its results with those of the whole one.
// usage: node small_build.mjs MODEL BYTES BUILD_FOLDER WEDGE_PROGRAM CMAKE; exits with 77 without the program
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const [model, limit, folder, program, cmake] = process.argv.slice(2);
const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(repository, 'bindings/web/dist');
if (!existsSync(program) || !existsSync(join(dist, 'index.js'))) {
  console.log('skipped: there is no native build, or no npm package');
  process.exit(77);
}

const options = { WEDGE_BUILD_TESTS: 'OFF', WEDGE_OPS_FROM: model, WEDGE_OPS_PROGRAM: program, WEDGE_MODULE_FOLDER: folder };
const definitions = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
execFileSync(cmake, ['--preset', 'wasm', '-B', folder, ...definitions], { cwd: repository });
execFileSync(cmake, ['--build', folder], { cwd: repository });

const bytes = readFileSync(join(folder, 'wedge-simd.wasm'));
const { length } = brotliCompressSync(bytes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
});
console.log(`${bytes.length} bytes, ${length} compressed, ${limit} allowed`);
assert.ok(length <= Number(limit));

const { Session } = await import(pathToFileURL(join(dist, 'index.js')));
const results = [];
for (const wasm of [bytes, readFileSync(join(dist, 'wedge-simd.wasm'))]) {
  const session = await Session.load(join(repository, model), { wasm });
  const feeds = session.inputs.map(({ name, dims }) => [name, Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * i))]);
  results.push(await session.run(Object.fromEntries(feeds)));
  session.release();
}
assert.deepEqual(results[0], results[1]);
await assert.rejects(Session.load(join(repository, 'models/digits.onnx'), { wasm: bytes }), { code: 'UNSUPPORTED' });
