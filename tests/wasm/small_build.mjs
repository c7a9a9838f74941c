// Builds the modules that a model needs and no more, as it is and packed, holds their sizes, and compares their results
// with those of the whole one.
// usage: node small_build.mjs MODEL onnx:BYTES packed:BYTES BUILD_FOLDER WEDGE_PROGRAM CMAKE; exits with 77 without the program
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const [name, ...rest] = process.argv.slice(2);
const [folder, program, cmake] = rest.splice(-3);
const limits = rest.map((limit) => limit.split(':'));
const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const dist = join(repository, 'bindings/web/dist');
if (!existsSync(program) || !existsSync(join(dist, 'index.js'))) {
  console.log('skipped: there is no native build, or no npm package');
  process.exit(77);
}

const { Engine, Session } = await import(pathToFileURL(join(dist, 'index.js')));
const whole = readFileSync(join(dist, 'wedge-simd.wasm'));
async function run(path, from) {
  const session = await Session.load(path, from);
  const feeds = session.inputs.map(({ name: input, dims }) => [input, Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * i))]);
  const results = await session.run(Object.fromEntries(feeds));
  session.release();
  return results;
}

const original = join(repository, name);
const packed = join(folder, 'model.wedge');
mkdirSync(folder, { recursive: true });
execFileSync(program, ['pack', original, '--any-machine', '-o', packed]);
const expected = await run(original, { wasm: whole });
assert.deepEqual(await run(packed, { wasm: whole }), expected);

for (const [form, limit] of limits) {
  const model = form === 'packed' ? packed : original;
  const options = {
    WEDGE_BUILD_TESTS: 'OFF',
    WEDGE_PRECOMPILE: 'ON',
    WEDGE_WASM_MODULES: 'simd',
    WEDGE_OPS_FROM: model,
    WEDGE_OPS_PROGRAM: program,
    WEDGE_MODULE_FOLDER: folder,
  };
  const definitions = Object.entries(options).map(([key, value]) => `-D${key}=${value}`);
  execFileSync(cmake, ['--preset', 'wasm', '-B', folder, ...definitions], { cwd: repository });
  execFileSync(cmake, ['--build', folder], { cwd: repository });

  const small = readFileSync(join(folder, 'wedge-simd.wasm'));
  const { length } = brotliCompressSync(small, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: small.length },
  });
  console.log(`${form}: ${small.length} bytes, ${length} compressed, ${limit} allowed`);
  assert.ok(length <= Number(limit));

  assert.deepEqual(await run(model, { wasm: small }), expected);
  await assert.rejects(Session.load(join(repository, 'models/digits.onnx'), { wasm: small }), { code: 'UNSUPPORTED' });

  // What a session gives back is used again.
  const engine = await Engine.create({ wasm: small });
  const sizes = [];
  for (let i = 0; i < 50; ++i) {
    assert.deepEqual(await run(model, { engine }), expected);
    sizes.push(engine.bytes.length);
  }
  assert.equal(sizes.at(-1), sizes[1]);
}
