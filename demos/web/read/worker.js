// One engine with its reader, away from the page, which stays free to draw.
import { Reader } from './reader.js';

let reader;

async function engineOf(name) {
  const ort = await import(name === 'wedge' ? '/wedge/ort.js' : '/peer/ort.wasm.min.mjs');
  // They are compared side by side.
  ort.env.wasm.numThreads = 1;
  if (name === 'wedge') return ort;
  ort.env.wasm.wasmPaths = `${location.origin}/peer/`;
  ort.env.logLevel = 'error';
  return ort;
}

const calls = {
  async load({ engine, models }) {
    const start = performance.now();
    reader = await Reader.load(await engineOf(engine), models);
    return { time: performance.now() - start };
  },
  async read({ bitmap }) {
    const start = performance.now();
    const result = await reader.read(bitmap, (line) => postMessage({ line }));
    bitmap.close();
    return { ...result, total: performance.now() - start };
  },
};

addEventListener('message', async ({ data: { call, ...parameters } }) => {
  try {
    postMessage({ result: await calls[call](parameters) });
  } catch (error) {
    postMessage({ error: error.message ?? String(error) });
  }
});
