// Builds dist/: the JavaScript and its types, beside the engine's modules that the wasm presets of CMake put there.
// usage: node build.mjs
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, 'dist');
mkdirSync(dist, { recursive: true });
for (const file of readdirSync(dist).filter((name) => !name.endsWith('.wasm'))) rmSync(join(dist, file), { recursive: true });
copyFileSync(join(here, '../../LICENSE'), join(here, 'LICENSE'));

const bundle = (entries) => build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => `src/${name}.ts`),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  ignoreAnnotations: true,
  target: 'es2022',
  external: ['node:*'],
  chunkNames: '[name]-[hash]',
  sourcemap: false,
});
await bundle(['index', 'node', 'ort', 'ort-node', 'worker', 'worker-node', 'thread-node']);
// Alone, so that the others are cut into fewer files, which are loaded sooner.
await bundle(['thread']);
execFileSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '-p', here], { stdio: 'inherit' });
