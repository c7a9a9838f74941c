// Measures one engine on one case, in Node or (imported by a page) in a browser. As a program it prints one JSON line.
// usage: node bench/compare_web_engine.mjs wedge|peer MODULE_FOLDER THREADS SECONDS CASE_JSON [OUTPUT_FOLDER]

const arrays = { float32: Float32Array, int64: BigInt64Array };

/** `ort`: the interface of onnxruntime-web, of whichever engine; `model`: bytes; `inputs`: with `bytes`. */
export async function measure(ort, { model, inputs }, seconds) {
  const feeds = Object.fromEntries(inputs.map(({ name, dtype, dims, bytes }) => {
    const elements = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    return [name, new ort.Tensor(dtype, new arrays[dtype](elements), dims)];
  }));
  const before = performance.now();
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  const created = performance.now();
  const outputs = await session.run(feeds);
  const first_ms = performance.now() - created;
  const times = [];
  // JavaScript engines compile what is hot while it runs; what counts is how fast it is then.
  for (const start = performance.now(); performance.now() - start < Math.max(2 * seconds, 1) * 1000;) await session.run(feeds);
  for (const start = performance.now(); times.length < 3 || performance.now() - start < seconds * 1000;) {
    const begin = performance.now();
    await session.run(feeds);
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  return {
    result: { create_ms: created - before, first_ms, median_ms: times[times.length >> 1], runs: times.length },
    outputs: session.outputNames.map((name) => ({ name, type: outputs[name].type, data: outputs[name].data })),
  };
}

if (globalThis.process?.argv[1]?.endsWith('compare_web_engine.mjs')) {
  const { readFileSync, writeFileSync } = await import('node:fs');
  const { join, resolve } = await import('node:path');
  const { pathToFileURL } = await import('node:url');
  const [engine, folder, threads, seconds, description, outputFolder] = process.argv.slice(2);
  const bare = process.resourceUsage().maxRSS / 1024;
  const entry = engine === 'wedge' ? 'dist/ort-node.js' : 'onnxruntime-web/dist/ort.node.min.mjs';
  const ort = await import(pathToFileURL(join(resolve(folder), entry)));
  ort.env.wasm.numThreads = Number(threads);
  ort.env.logLevel = 'error';
  const test = JSON.parse(description);
  const inputs = test.inputs.map((input) => ({ ...input, bytes: readFileSync(input.file) }));
  // A path: both engines read the file themselves, as they would in a program.
  const model = engine === 'wedge' ? test.model : new Uint8Array(readFileSync(test.model));
  const { result, outputs } = await measure(ort, { model, inputs }, Number(seconds));
  if (outputFolder) {
    const kept = outputs.map(({ name, type, data }, i) => {
      writeFileSync(join(outputFolder, `${engine}_${i}.bin`), Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      return { name, type };
    });
    writeFileSync(join(outputFolder, `${engine}.json`), JSON.stringify(kept));
  }
  console.log(JSON.stringify({ ...result, growth_mb: process.resourceUsage().maxRSS / 1024 - bare }));
  process.exit(0);
}
