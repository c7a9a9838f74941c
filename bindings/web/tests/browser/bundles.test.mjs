// Programs that bundlers make, opened in a browser.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { promisify } from 'node:util';
import { dist, packageFolder } from '../support.mjs';
import { launch, serve, withoutBrowser } from './support.mjs';

const skip = withoutBrowser ?? false;
const program = `
import { Session } from 'wedge-onnx';
import * as ort from 'wedge-onnx/ort';

async function main() {
  const image = new Float32Array(28 * 28);
  const session = await Session.load('/models/mnist.onnx');
  const first = Object.values(await session.run({ [session.inputs[0].name]: image }))[0];
  const inWorker = await Session.load('/models/mnist.onnx', { worker: true });
  const second = Object.values(await inWorker.run({ [session.inputs[0].name]: image }))[0];
  const other = await ort.InferenceSession.create('/models/mnist.onnx');
  const third = Object.values(await other.run({ [session.inputs[0].name]: new ort.Tensor(image, [1, 1, 28, 28]) }))[0];
  return [first, second, third].map(({ data }) => data.length).join(' ');
}
main().then((result) => (globalThis.result = result), (error) => (globalThis.result = String(error)));
`;
let folder;
let browser;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'wedge-bundle-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(packageFolder, join(folder, 'node_modules/wedge-onnx'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'main.js'), program);
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./main.js"></script>');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function runs(output) {
  const server = await serve({ '/': output });
  const page = await browser.newPage();
  try {
    await page.goto(`${server.origin}/index.html`);
    await page.waitForFunction(() => globalThis.result !== undefined);
    assert.equal(await page.evaluate(() => globalThis.result), '10 10 10');
  } finally {
    await page.close();
    await server.close();
  }
}

test('esbuild', { skip }, async () => {
  const { build } = await import('esbuild');
  const output = join(folder, 'esbuild');
  await build({ absWorkingDir: folder, entryPoints: ['main.js'], bundle: true, format: 'esm', outdir: output, logLevel: 'error' });
  // esbuild leaves files named by new URL() to the caller: workers are entries of their own, the engine is copied.
  await build({ entryPoints: [join(dist, 'worker.js'), join(dist, 'thread.js')], bundle: true, format: 'esm', outdir: output, logLevel: 'error' });
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.wasm'))) copyFileSync(join(dist, file), join(output, file));
  copyFileSync(join(folder, 'index.html'), join(output, 'index.html'));
  await runs(output);
});

test('Vite', { skip: skip || (Number(process.versions.node.split('.')[0]) < 20 && 'Vite needs Node 20') }, async () => {
  const { build } = await import('vite');
  const output = join(folder, 'vite');
  await build({ root: folder, logLevel: 'error', build: { outDir: output } });
  await runs(output);
});

test('webpack', { skip }, async () => {
  const { default: webpack } = await import('webpack');
  const output = join(folder, 'webpack');
  const stats = await promisify(webpack)({
    context: folder, mode: 'production', entry: './main.js', output: { path: output },
  });
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }).errors, []);
  writeFileSync(join(output, 'index.html'), '<!doctype html><script src="./main.js"></script>');
  await runs(output);
});
