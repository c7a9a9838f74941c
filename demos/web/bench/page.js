// What bench/compare_web.mjs measures with in a browser.
import { measure } from './compare_web_engine.mjs';

async function engineOf(name, threads) {
  const ort = name === 'wedge' ? await import('/wedge/ort.js') : await import('/peer/ort.wasm.min.mjs');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  if (name === 'peer') ort.env.wasm.wasmPaths = `${location.origin}/peer/`;
  return ort;
}

globalThis.measureCase = async ({ engine, threads, seconds, test }) => {
  const bytesOf = async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer());
  const inputs = await Promise.all(test.inputs.map(async (input) => ({ ...input, bytes: await bytesOf(input.file) })));
  const model = await bytesOf(test.model);
  const { result, outputs } = await measure(await engineOf(engine, threads), { model, inputs }, seconds);
  return { result, outputs: outputs.map(({ data }) => Array.from(data.slice(0, 100000), Number)) };
};
