// Runs one case on one engine and prints what it measured; bench/web.mjs starts it.
// usage: node web_engine.mjs MODULE.wasm|NODE_MODULES SECONDS CASE_AS_JSON [ONLY_FIRST_RUN]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [engine, seconds, text] = process.argv.slice(2);
const test = JSON.parse(text);
const now = () => performance.now();
const start = now();
const bareBytes = process.memoryUsage().rss;

const arrays = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };
const dtypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

/** The module, by its C interface. */
async function wedge() {
  const { instance } = await WebAssembly.instantiate(readFileSync(engine), {
    wasi_snapshot_preview1: {
      clock_time_get(_clock, _precision, at) {
        new DataView(memory.buffer).setBigUint64(at, BigInt(Math.round(now() * 1e6)), true);
        return 0;
      },
    },
  });
  const { memory, ...c } = instance.exports;
  c._initialize();
  const view = () => new DataView(memory.buffer);
  const bytesAt = (at, size) => new Uint8Array(memory.buffer, at, size);
  const textAt = (at) => Buffer.from(bytesAt(at, bytesAt(at).indexOf(0))).toString();
  const check = (status) => {
    if (status !== 0) throw Error(textAt(c.wedge_error_message()));
  };
  const place = (bytes) => {
    const at = c.wedge_allocate(bytes.length);
    bytesAt(at, bytes.length).set(bytes);
    return at;
  };
  const results = c.wedge_allocate(256);

  check(c.wedge_loader_create(0, results));
  const loader = view().getUint32(results, true);
  const model = readFileSync(test.model);
  for (let done = 0; done < model.length;) {
    check(c.wedge_loader_next(loader, model.length - done, results, results + 4));
    const at = view().getUint32(results, true), room = view().getUint32(results + 4, true);
    bytesAt(at, room).set(model.subarray(done, done + room));
    check(c.wedge_loader_advance(loader, room));
    done += room;
  }
  check(c.wedge_loader_finish(loader, results));
  const session = view().getUint32(results, true);
  check(c.wedge_loader_release(loader));
  check(c.wedge_session_output_count(session, results));
  const outputCount = view().getUint32(results, true);

  const names = c.wedge_allocate(256), inputs = c.wedge_allocate(256), outputs = c.wedge_allocate(4 * outputCount);
  test.inputs.forEach(({ name, dtype, dims, file }, i) => {
    const data = readFileSync(file);
    const shape = place(new Uint8Array(new BigInt64Array(dims.map(BigInt)).buffer));
    check(c.wedge_tensor_wrap(dtypes[dtype], shape, dims.length, place(data), data.length, inputs + 4 * i));
    view().setUint32(names + 4 * i, place(Buffer.from(`${name}\0`)), true);
  });
  const release = () => {
    for (let i = 0; i < outputCount; ++i) check(c.wedge_tensor_release(view().getUint32(outputs + 4 * i, true)));
  };
  let holds = false;
  return {
    run() {
      if (holds) release();
      check(c.wedge_session_run(session, names, inputs, test.inputs.length, outputs));
      holds = true;
    },
    outputs() {
      return Array.from({ length: outputCount }, (_, i) => {
        check(c.wedge_tensor_get_info(view().getUint32(outputs + 4 * i, true), results));
        if (view().getInt32(results, true) !== 1) return [];
        const at = view().getUint32(results + 12, true), size = view().getUint32(results + 16, true);
        return Array.from(new Float32Array(memory.buffer, at, Math.min(size / 4, 2000)));
      });
    },
    bytes: () => memory.buffer.byteLength,
  };
}

/** ONNX Runtime Web. */
async function peer() {
  const ort = createRequire(join(engine, 'x.js'))('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(readFileSync(test.model));
  const feeds = Object.fromEntries(test.inputs.map(({ name, dtype, dims, file }) => {
    const data = readFileSync(file);
    const array = new arrays[dtype](data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
    return [name, new ort.Tensor(dtype, array, dims)];
  }));
  let results;
  return {
    async run() { results = await session.run(feeds); },
    outputs: () => session.outputNames.map((name) =>
      results[name].type === 'float32' ? Array.from(results[name].data.subarray(0, 2000)) : []),
    bytes: () => process.memoryUsage().rss - bareBytes,
  };
}

const model = await (engine.endsWith('.wasm') ? wedge() : peer());
const created = now();
await model.run();
const first = now();
const times = [];
// The engine compiles what is hot while it runs; what counts is how fast it is then.
for (let end = now() + 1000 * seconds, warm = now() + 500 * seconds; now() < end || times.length === 0;) {
  const before = now();
  await model.run();
  const after = now();
  if (after > warm) times.push(after - before);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({
  create: created - start, first: first - created, median: times[times.length >> 1], bytes: model.bytes(), outputs: model.outputs(),
}));
process.exit(0);
