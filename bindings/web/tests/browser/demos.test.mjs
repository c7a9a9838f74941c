// The demos, as somebody sees them. Those whose models are not there are left out.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { makeFolder } from '../../../../demos/sentence_folder.mjs';
import { serve } from '../../../../demos/serve.mjs';
import { repository } from '../support.mjs';
import { launch, withoutBrowser } from './support.mjs';

const cache = process.env.WEDGE_CACHE ?? join(homedir(), '.cache/wedge');
const kit = join(process.env.WEDGE_KIT ?? join(homedir(), '.cache/wedge-kit'), 'models');
const has = (...files) => files.every((file) => [join(cache, 'models'), kit, cache].some((folder) => existsSync(join(folder, file))));
const skipUnless = (...files) => withoutBrowser ?? (has(...files) ? false : `there is no ${files.join(' or ')}`);

let server;
let browser;
let folder;

before(async () => {
  if (withoutBrowser) return;
  folder = mkdtempSync(join(tmpdir(), 'wedge-'));
  if (has('minilm-l6.onnx')) makeFolder(join(kit, 'minilm-l6.onnx'), join(folder, 'minilm'));
  server = await serve({ models: [kit, folder] });
  browser = await launch('--autoplay-policy=no-user-gesture-required', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream');
});
after(async () => {
  await browser?.close();
  await server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

async function onDemo(path, use) {
  const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  try {
    await page.goto(`${server.origin}/${path}/`);
    await page.waitForFunction(() => document.body.dataset.done !== undefined, null, { timeout: 60000 });
    await use(page);
    assert.deepEqual(errors, []);
    assert.equal(await page.locator('.problem').textContent(), '');
    // A phone shows it without scrolling sideways.
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  } finally {
    await page.close();
  }
}

test('read a picture', { skip: skipUnless('ch_PP-OCRv4_det_infer.onnx') }, () =>
  onDemo('read', async (page) => {
    const lines = await page.locator('#text li span:first-child').allTextContents();
    const expected = readFileSync(join(repository, 'demos/ocr/notice.txt'), 'utf8').trim().split('\n');
    const plain = (text) => text.normalize('NFKC').replace(/\s/g, '');
    assert.deepEqual(lines.map(plain).sort(), expected.map(plain).sort());
    assert.equal(await page.locator('#stage polygon').count(), expected.length);
  }));

test('digits', { skip: withoutBrowser ?? false }, () =>
  onDemo('digits', async (page) => {
    const answers = [];
    for (let digit = 0; digit < 10; ++digit) {
      await page.click('#show');
      answers.push(await page.locator('#answer').textContent());
    }
    assert.equal(answers.join(''), '0123456789');
    await page.click('#clear');
    assert.equal(await page.locator('#answer').textContent(), '–');
    // A one, drawn by hand.
    const box = await page.locator('#paper').boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.15);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.48, box.y + box.height * 0.85, { steps: 12 });
    await page.mouse.up();
    assert.equal(await page.locator('#answer').textContent(), '1');
  }));

test('voice activity', { skip: skipUnless('silero_vad_v5.onnx') }, () =>
  onDemo('voice', async (page) => {
    const heard = await page.locator('#heard dd').allTextContents();
    const [sound, speech] = heard.map(parseFloat);
    // Three sentences, with a tone and a knock between them that are none.
    assert.ok(sound > 17 && speech > 5 && speech < 11, heard.join(', '));
    await page.click('#play');
    await page.waitForFunction(() => parseFloat(document.querySelector('#clock').textContent) > 1 && parseFloat(document.querySelector('#clock').textContent) < 15);
    await page.click('#listen');
    await page.waitForFunction(() => parseFloat(document.querySelector('#clock').textContent) > 0.5);
    await page.click('#stop');
  }));

test('similar sentences', { skip: skipUnless('minilm-l6.onnx') || skipUnless('peers/node_modules/@huggingface/transformers') }, () =>
  onDemo('similar', async (page) => {
    await page.fill('#query', 'The train to the city was late');
    await page.evaluate(() => delete document.body.dataset.done);
    await page.click('#go');
    await page.waitForFunction(() => document.body.dataset.done !== undefined);
    const ranking = await page.locator('#ranking li').allTextContents();
    assert.match(ranking[0], /^The train to the city was late1\.000$/);
  }));
