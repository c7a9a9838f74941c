// Measures ONNX Runtime on one case as `wedge bench --json` measures Wedge, and prints the same names.
// usage: node peer.mjs NODE_MODULES THREADS SECONDS CASE_JSON [OUTPUT_FOLDER]
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [modules, threads, seconds, description, folder] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), 'node_modules.js'));
const bare_rss_mb = process.resourceUsage().maxRSS / 1024;
const ort = require('onnxruntime-node');
const test = JSON.parse(description);

const arrays = { float32: Float32Array, int64: BigInt64Array };
const feeds = {};
for (const { name, dtype, dims, file } of test.inputs) {
  const bytes = readFileSync(file);
  const elements = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  feeds[name] = new ort.Tensor(dtype, new arrays[dtype](elements), dims);
}

const before = performance.now();
const session = await ort.InferenceSession.create(test.model, {
  intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: 'sequential',
  executionProviders: ['cpu'], logSeverityLevel: 3,
});
const created = performance.now();
const outputs = await session.run(feeds);
const first_ms = performance.now() - created;
if (folder) {
  const written = session.outputNames.map((name, i) => {
    const { data, dims, type } = outputs[name];
    writeFileSync(join(folder, `peer_${i}.bin`), Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    return { name, dims, type };
  });
  writeFileSync(join(folder, 'peer.json'), JSON.stringify(written));
}
const times = [];
const warm = performance.now();
while (performance.now() - warm < 300) await session.run(feeds);
for (const start = performance.now(); times.length < 3 || performance.now() - start < seconds * 1000;) {
  const begin = performance.now();
  await session.run(feeds);
  times.push(performance.now() - begin);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({
  load_ms: created - before, first_ms, median_ms: times[times.length >> 1], min_ms: times[0], runs: times.length,
  peak_rss_mb: process.resourceUsage().maxRSS / 1024, bare_rss_mb,
}));
process.exit(0);
