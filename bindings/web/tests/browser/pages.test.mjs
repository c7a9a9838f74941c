import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { Session } from 'wedge-onnx';
import { hasThreads, mnistImage, modelPath, oneNode, worstDifference } from '../support.mjs';
import { launch, serve, withoutBrowser } from './support.mjs';

const skip = withoutBrowser ?? false;
let server;
let browser;
let expected;

before(async () => {
  if (skip) return;
  server = await serve();
  browser = await launch('--js-flags=--expose-gc');
  const session = await Session.load(modelPath('mnist.onnx'));
  expected = session.runSync({ [session.inputs[0].name]: mnistImage() })[session.outputs[0].name].data;
  session.release();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens a page that has the package, does something there, and asks for no surprises. */
async function onPage(path, use, { warnings = 0 } = {}) {
  const page = await browser.newPage();
  const messages = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  try {
    await page.goto(`${server.origin}${path}`);
    await page.waitForFunction(() => globalThis.ready === true);
    await use(page);
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
    // The browser itself reports requests that failed or were ended.
    assert.equal(messages.filter((text) => !text.startsWith('Failed to load resource')).length, warnings, messages.join('\n'));
  } finally {
    await page.close();
  }
}

function same(result) {
  assert.equal(result.error, undefined);
  assert.ok(worstDifference(Float32Array.from(result.data), expected) < 1e-3 * Math.max(...expected.map(Math.abs)));
}

test('a page', { skip }, () => onPage('/pages/page.html', async (page) => same(await page.evaluate(() => runMnist()))));

test('a page under a strict content security policy, as extensions have it', { skip }, () =>
  onPage('/strict/pages/page.html', async (page) => {
    same(await page.evaluate(() => runMnist()));
    same(await page.evaluate(() => runMnist({ worker: true })));
  }));

test('a module worker', { skip }, () => onPage('/pages/page.html', async (page) => same(await page.evaluate(() => inWorker({})))));

test('a service worker', { skip }, async () => {
  await onPage('/pages/page.html', async (page) => same(await page.evaluate(() => inServiceWorker({}))));
  // Where it may share memory, but has no workers.
  await onPage('/isolated/pages/page.html', async (page) => same(await page.evaluate(() => inServiceWorker({ threads: 2 }))));
});

test('a worker of the package', { skip }, () =>
  onPage('/pages/page.html', async (page) => {
    same(await page.evaluate(() => runMnist({ worker: true })));
    same(await page.evaluate(async () => runMnist({ worker: true }, await fetch('/models/mnist.onnx'))));
  }));

test('a page that is not isolated has one thread and says so once', { skip }, () =>
  onPage('/pages/page.html', async (page) => {
    same(await page.evaluate(() => runMnist({ threads: 2 })));
    same(await page.evaluate(() => runMnist({ threads: 2 })));
  }, { warnings: 1 }));

test('threads on an isolated page', { skip: skip || (!hasThreads && 'there is no engine with threads') }, () =>
  onPage('/isolated/pages/page.html', async (page) => {
    const one = await page.evaluate(() => runMnist({ variant: 'simd' }));
    const two = await page.evaluate(() => runMnist({ variant: 'simd-threads', threads: 2 }));
    assert.deepEqual(two.data, one.data);
    assert.deepEqual((await page.evaluate(() => inWorker({ variant: 'simd-threads', threads: 2 }))).data, one.data);
    // And whatever is best here.
    same(await page.evaluate(() => runMnist({ threads: 2 })));
    // Several at once, each with threads of its own.
    const results = await page.evaluate(() => Promise.all([1, 2, 3].map(() => runMnist({ threads: 2 }))));
    results.forEach(same);
  }));

test('threads are there once a session is', { skip: skip || (!hasThreads && 'there is no engine with threads') }, () =>
  onPage('/isolated/pages/page.html', async (page) => {
    const count = await page.evaluate(() => threadsOf(async () => {
      globalThis.session = await wedge.Session.load(new URL('../models/mnist.onnx', location.href), { threads: 2 });
    }));
    assert.equal(count, 1);
    // A page's own thread runs it, and has the result at once.
    const dims = await page.evaluate(() => {
      const outputs = session.runSync({ [session.inputs[0].name]: new Float32Array(28 * 28) });
      session.release();
      return Object.values(outputs)[0].dims;
    });
    assert.deepEqual(dims, [1, 10]);
  }));

test('as many threads as ONNX Runtime Web takes', { skip: skip || (!hasThreads && 'there is no engine with threads') }, async () => {
  const create = ({ cores, numThreads }) => {
    Object.defineProperty(navigator, 'hardwareConcurrency', { value: cores, configurable: true });
    ort.env.wasm.numThreads = numThreads;
    return threadsOf(async () => {
      const session = await ort.InferenceSession.create(String(new URL('../models/mnist.onnx', location.href)));
      await session.release();
    });
  };
  await onPage('/isolated/pages/page.html', async (page) => {
    assert.equal(await page.evaluate(create, { cores: 5 }), 2);
    assert.equal(await page.evaluate(create, { cores: 64 }), 3);
    assert.equal(await page.evaluate(create, { cores: 64, numThreads: 1 }), 0);
  });
  await onPage('/pages/page.html', async (page) => assert.equal(await page.evaluate(create, { cores: 64 }), 0));
});

test('products of bytes are the same in every build', { skip }, () =>
  onPage('/pages/page.html', async (page) => {
    const [m, k, n] = [7, 203, 37];
    const cases = [];
    for (const a of ['uint8', 'int8']) {
      for (const b of ['uint8', 'int8']) {
        const bytes = oneNode('MatMulInteger', [{ name: 'a', type: a, dims: [m, k] }, { name: 'b', type: b, dims: [k, n] }], [{ name: 'y', type: 'int32' }]);
        cases.push({ a, b, bytes: [...bytes] });
      }
    }
    const results = await page.evaluate(async ({ cases, m, k, n }) => {
      const arrays = { uint8: Uint8Array, int8: Int8Array };
      // The largest bytes too, whose products do not fit 16 bits.
      const bytesOf = (type, count, factor) => arrays[type].from({ length: count }, (_, i) => (i % 5 === 0 ? 255 : i * factor));
      const outcomes = [];
      for (const { a, b, bytes } of cases) {
        const [left, right] = [bytesOf(a, m * k, 7), bytesOf(b, k * n, 11)];
        const expected = Array.from({ length: m * n }, (_, i) => {
          let sum = 0;
          for (let p = 0; p < k; ++p) sum += left[Math.floor(i / n) * k + p] * right[p * n + (i % n)];
          return sum;
        });
        for (const variant of ['simd', 'relaxed']) {
          const session = await wedge.Session.load(Uint8Array.from(bytes), { variant });
          const { y } = await session.run({ a: new wedge.Tensor(a, left, [m, k]), b: new wedge.Tensor(b, right, [k, n]) });
          outcomes.push({ name: `${a} x ${b}, ${variant}`, same: expected.every((sum, i) => sum === y.data[i]) });
          session.release();
        }
      }
      return outcomes;
    }, { cases, m, k, n });
    assert.deepEqual(results.filter(({ same }) => !same), []);
    assert.equal(results.length, 8);
  }));

test('float16 as onnxruntime-common has it where there is an array for it', { skip }, () =>
  onPage('/pages/page.html', async (page) => {
    const bytes = oneNode('Neg', [{ name: 'x', type: 'float16', dims: [2] }], [{ name: 'y', type: 'float16' }]);
    const found = await page.evaluate(async (bytes) => {
      const { InferenceSession, Tensor } = await import('/dist/ort.js');
      const session = await InferenceSession.create(Uint8Array.from(bytes));
      const results = [];
      for (const data of [[1.5, -2], Float16Array.of(1.5, -2), Uint16Array.of(0x3e00, 0xc000)]) {
        const { y } = await session.run({ x: new Tensor('float16', data, [2]) });
        results.push(`${y.type} ${y.data.constructor.name} ${y.data}`);
      }
      return results;
    }, [...bytes]);
    assert.deepEqual(found, Array(3).fill('float16 Float16Array -1.5,2'));
  }));

test('an aborted load', { skip }, () =>
  onPage('/pages/page.html', async (page) => {
    for (const worker of [false, true]) {
      const name = await page.evaluate(async (worker) => {
        const abort = new AbortController();
        const loading = wedge.Session.load('/endless', { worker, signal: abort.signal, onProgress: () => abort.abort() });
        return loading.then(() => 'loaded', (error) => error.name);
      }, worker);
      assert.equal(name, 'AbortError');
    }
    same(await page.evaluate(() => runMnist()));
  }));

test('a corrupt model, a missing one', { skip }, () =>
  onPage('/pages/page.html', async (page) => {
    const failures = await page.evaluate(() => Promise.all(
      [new Uint8Array(100), '/models/digits.md', '/models/none.onnx'].map((model) => wedge.Session.load(model).catch(({ name, code }) => `${name} ${code}`))));
    assert.deepEqual(failures, ['WedgeError INVALID_MODEL', 'WedgeError INVALID_MODEL', 'WedgeError NOT_FOUND']);
  }));

test('an engine that could not be loaded is tried again', { skip }, async () => {
  await onPage('/pages/page.html', async (page) => {
    await page.route('**/*.wasm', (route) => route.abort());
    assert.equal(await page.evaluate(() => runMnist().catch(({ code }) => code)), 'IO');
    await page.unroute('**/*.wasm');
    same(await page.evaluate(() => runMnist()));
  });
});

/** Megabytes that the processes of pages have, as the system counts them; WebAssembly's memories are not in the page's own figures. */
async function memoryAfterGarbage(page) {
  await page.evaluate(() => gc());
  await page.waitForTimeout(300);
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => readFileSync(`/proc/${id}/statm`, 'latin1').split(' ')[1]);
  return pages.reduce((sum, count) => sum + Number(count) * 4096, 0) / 2 ** 20;
}

/** The least of some readings: memory goes back to the system a while after its garbage is collected. */
async function pageMemory(page) {
  const readings = [];
  while (readings.length < 4) readings.push(await memoryAfterGarbage(page));
  return Math.min(...readings);
}
const withoutProc = existsSync('/proc/self/statm') ? undefined : 'there is no /proc';

test('two sessions released give their memory back', { skip: skip || (withoutProc ?? false) }, () =>
  onPage('/pages/page.html', async (page) => {
    await page.evaluate(() => {
      globalThis.sessions = [];
      globalThis.load = async () => {
        const session = await wedge.Session.load('/models/digits.onnx');
        // A batch that wants some tens of megabytes.
        await session.run({ image: new wedge.Tensor(new Float32Array(64 * 8000), [8000, 1, 8, 8]) }, { copy: false });
        sessions.push(session);
        return (await session.memory()).total / 2 ** 20;
      };
      globalThis.release = () => sessions.pop().release();
    });
    const load = () => page.evaluate(() => load());
    const release = () => page.evaluate(() => release());
    // What a page keeps of the first two, such as compiled code, is none of theirs.
    for (const step of [load, load, release, release]) await step();
    const before = await pageMemory(page);
    const size = await load();
    await load();
    const both = await pageMemory(page);
    await release();
    const one = await pageMemory(page);
    await release();
    const none = await pageMemory(page);
    const measured = `${[before, both, one, none].map((number) => number.toFixed(1))} MB, a session has ${size.toFixed(1)}`;
    console.log(`before, with two sessions, with one, without: ${measured}`);
    assert.ok(both - before > size && both - one > 0.7 * size && none - before < 0.3 * size, measured);
  }));

test('200 times create, run and release', { skip: skip || (withoutProc ?? false) }, () =>
  onPage('/pages/page.html', async (page) => {
    const times = (count) => page.evaluate(async (count) => {
      for (let i = 0; i < count; ++i) await runMnist();
    }, count);
    // Browsers compile the engine again, and better, meanwhile.
    await times(200);
    const before = await pageMemory(page);
    await times(200);
    const growth = (await pageMemory(page)) - before;
    assert.ok(growth < 20, `grew by ${growth} MB`);
  }));

test('a session in a worker leaves the page its frames', { skip }, () =>
  onPage('/pages/page.html', async (page) => {
    const longest = await page.evaluate(async () => {
      const session = await wedge.Session.load('/models/digits.onnx', { worker: true });
      const image = new wedge.Tensor(new Float32Array(64 * 500), [500, 1, 8, 8]);
      await session.run({ image });
      let last = performance.now();
      let longest = 0;
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      for (let i = 0; i < 20; ++i) await session.run({ image });
      clearInterval(timer);
      session.release();
      return longest;
    });
    assert.ok(longest < 100, `the page stood still for ${longest} ms`);
  }));
