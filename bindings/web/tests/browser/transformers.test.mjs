// The real @huggingface/transformers on this engine gives what it gives on ONNX Runtime. It needs the package
// (scripts/fetch_demos.sh) and a model, minilm-l6.onnx, in WEDGE_KIT/models.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { makeFolder } from '../../../../demos/sentence_folder.mjs';
import { packageFolder } from '../support.mjs';
import { launch, serve, withoutBrowser } from './support.mjs';

const modules = process.env.WEDGE_PEERS ?? join(process.env.WEDGE_CACHE ?? join(homedir(), '.cache/wedge'), 'peers/node_modules');
const model = join(process.env.WEDGE_KIT ?? join(homedir(), '.cache/wedge-kit'), 'models/minilm-l6.onnx');
const missing = [join(modules, '@huggingface/transformers'), model].find((path) => !existsSync(path));
const skip = missing === undefined ? false : `there is no ${missing}`;

const sentences = ['The weather is nice today.', 'The sun is shining outside!', 'A cat sleeps on the sofa, a dog in the garden.', 'Stocks fell.'];
let folder;
let expected;

function inNode(engine) {
  const args = [join(packageFolder, 'tests/embed.mjs'), modules, folder, 'minilm', engine, JSON.stringify(sentences)];
  return JSON.parse(execFileSync(process.execPath, ['--no-warnings', ...args], { cwd: packageFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
}

function same(embeddings) {
  assert.equal(embeddings.length, sentences.length);
  embeddings.forEach((embedding, i) => {
    // They have length 1.
    const cosine = embedding.reduce((sum, value, k) => sum + value * expected[i][k], 0);
    console.log(`cosine with ONNX Runtime's: ${cosine.toFixed(9)}`);
    assert.ok(cosine >= 0.9999 && cosine < 1.0001, `${cosine}`);
  });
}

before(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'wedge-'));
  makeFolder(model, join(folder, 'minilm'));
  expected = inNode('onnxruntime');
});
after(() => folder && rmSync(folder, { recursive: true }));

test('transformers.js in Node', { skip }, () => same(inNode('wedge')));

test('transformers.js in Chromium', { skip: skip || (withoutBrowser ?? false) }, async () => {
  const server = await serve({ '/modules/': modules, '/folders/': folder });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/pages/transformers.html`);
    await page.waitForFunction(() => globalThis.embed !== undefined);
    same(await page.evaluate(([name, texts]) => embed(name, texts), ['minilm', sentences]));
  } finally {
    await browser.close();
    await server.close();
  }
});
