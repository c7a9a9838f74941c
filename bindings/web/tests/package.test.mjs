// What users get: how large it is, which files, and that it needs nothing that strict pages and edge workers refuse.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import { dist, packageFolder } from './support.mjs';

const compressed = (file) =>
  brotliCompressSync(readFileSync(join(dist, file)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } }).length;
const scripts = readdirSync(dist).filter((file) => file.endsWith('.js'));

test('the JavaScript has at most 15 KB', () => {
  const total = scripts.map(compressed).reduce((sum, size) => sum + size, 0);
  console.log(`JavaScript, all entries: ${total} bytes with brotli`);
  assert.ok(total <= 15 * 1024, `${total} bytes`);
});

test('nothing that a strict page or an edge worker refuses', () => {
  for (const file of scripts) {
    const text = readFileSync(join(dist, file), 'utf8');
    for (const pattern of [/\bimport\(/, /\beval\(/, /new Function\b/, /createObjectURL/, /\brequire\(/]) {
      assert.doesNotMatch(text, pattern, `${file} has ${pattern}`);
    }
  }
});

test('npm packs what is needed and no more', () => {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: packageFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const files = packed.files.map(({ path }) => path);
  for (const file of ['package.json', 'README.md', 'dist/index.js', 'dist/index.d.ts', 'dist/ort.js', 'dist/ort.d.ts', 'dist/worker.js', 'dist/node.js']) {
    assert.ok(files.includes(file), `${file} is missing`);
  }
  for (const file of files) assert.match(file, /^(package\.json|README\.md|LICENSE|dist\/.+\.(js|wasm|d\.ts))$/);
});
