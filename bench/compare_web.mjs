// Runs Wedge and ONNX Runtime Web side by side, in turns on the same cores, and writes a Markdown table of ratios.
//
// A kit is a folder with cases.json: { CASE: { model, inputs: [{ name, dtype, dims, file }] } }, paths relative to it.
// usage: node bench/compare_web.mjs --kit FOLDER --peers NODE_MODULES [--threads 1] [--seconds 1] [--rounds 3] [--relaxed]
//        [--chromium] [--markdown FILE] [CASE...]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { arrayOf, cosine, geometricMean, median, medians, ms, readCases } from './kit.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kit: { type: 'string' },
    peers: { type: 'string' },
    package: { type: 'string', default: join(here, '../bindings/web') },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    relaxed: { type: 'boolean', default: false },
    chromium: { type: 'boolean', default: false },
    markdown: { type: 'string' },
  },
});
if (!options.kit || !options.peers) {
  console.error('usage: compare_web.mjs --kit FOLDER --peers NODE_MODULES [options] [CASE...]');
  process.exit(2);
}

const kit = resolve(options.kit);
const threads = Number(options.threads);
const cases = readCases(kit, positionals);

// Not pinned to a core: JavaScript engines compile in the background, and the larger module would wait longer for it.
function inNode(engine, test, folder) {
  const flags = options.relaxed ? ['--experimental-wasm-relaxed-simd'] : [];
  const modules = engine === 'wedge' ? options.package : options.peers;
  const args = [...flags, '--no-warnings', join(here, 'compare_web_engine.mjs'), engine, modules, `${threads}`, options.seconds, JSON.stringify(test)];
  return JSON.parse(execFileSync(process.execPath, [...args, ...(folder ? [folder] : [])], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
  }));
}

/** The least cosine of an output with the peer's. */
function agreement(folder) {
  const outputs = JSON.parse(readFileSync(join(folder, 'peer.json')));
  return Math.min(...outputs.map(({ type }, i) => {
    const array = arrayOf(type);
    const [ours, theirs] = ['wedge', 'peer'].map((engine) => {
      const bytes = readFileSync(join(folder, `${engine}_${i}.bin`));
      return new array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    });
    return ours.length === theirs.length ? cosine(ours, theirs) : 0;
  }));
}

function compareInNode(test) {
  const folder = mkdtempSync(join(tmpdir(), 'wedge-compare-'));
  const wedge = [], peer = [];
  for (let round = 0; round < Number(options.rounds); ++round) {
    wedge.push(inNode('wedge', test, round === 0 ? folder : undefined));
    peer.push(inNode('peer', test, round === 0 ? folder : undefined));
  }
  const same = agreement(folder);
  rmSync(folder, { recursive: true });
  return { wedge, peer, same };
}

/** Measures in fresh pages of one browser, one engine after the other. */
async function chromium() {
  const { launch } = await import('../bindings/web/tests/browser/support.mjs');
  const { serve } = await import('../demos/serve.mjs');
  const server = await serve({ models: [kit], peers: [options.peers] });
  const browser = await launch();
  const inPage = async (engine, test) => {
    const page = await browser.newPage();
    try {
      await page.goto(`${server.origin}/bench/`);
      const relative = (file) => `/models${file.slice(kit.length)}`;
      const parameters = {
        engine, threads, seconds: Number(options.seconds),
        test: { model: relative(test.model), inputs: test.inputs.map((input) => ({ ...input, file: relative(input.file) })) },
      };
      await page.waitForFunction(() => globalThis.measureCase !== undefined);
      return await page.evaluate((parameters) => globalThis.measureCase(parameters), parameters);
    } finally {
      await page.close();
    }
  };
  return {
    async compare(test) {
      const wedge = [], peer = [];
      let same = 1;
      for (let round = 0; round < Number(options.rounds); ++round) {
        const [ours, theirs] = [await inPage('wedge', test), await inPage('peer', test)];
        wedge.push(ours.result);
        peer.push(theirs.result);
        same = Math.min(same, ...ours.outputs.map((output, i) => cosine(output, theirs.outputs[i])));
      }
      return { wedge, peer, same };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

function table(rows) {
  const memory = !options.chromium;
  const lines = [
    `| case | Wedge ms | ONNX Runtime Web ms | faster by | create + first run ms | share |${memory ? ' process growth MB | share |' : ''} cosine |`,
    `|---|--:|--:|--:|--:|--:|${memory ? '--:|--:|' : ''}--:|`,
  ];
  const start = (engine) => engine.create_ms + engine.first_ms;
  for (const { name, wedge, peer, ratio, same } of rows) {
    const cells = [name, ms(wedge.median_ms), ms(peer.median_ms), `${ratio.toFixed(2)}×`, `${ms(start(wedge))} : ${ms(start(peer))}`, `${(start(wedge) / start(peer)).toFixed(2)}`];
    if (memory) cells.push(`${wedge.growth_mb.toFixed(0)} : ${peer.growth_mb.toFixed(0)}`, (wedge.growth_mb / peer.growth_mb).toFixed(2));
    lines.push(`| ${[...cells, same.toFixed(6)].join(' | ')} |`);
  }
  const ratios = rows.map((row) => row.ratio);
  const place = options.chromium ? 'Chromium' : `Node ${process.versions.node}`;
  lines.push('', `${place}, ${threads} thread(s)${options.relaxed ? ', relaxed SIMD' : ''}. Geometric mean over ${ratios.length} cases: ${geometricMean(ratios).toFixed(2)}×, worst ${Math.min(...ratios).toFixed(2)}×.`);
  return `${lines.join('\n')}\n`;
}

const browser = options.chromium ? await chromium() : undefined;
const rows = [];
for (const test of cases) {
  const { wedge, peer, same } = browser ? await browser.compare(test) : compareInNode(test);
  const ratio = median(wedge.map((ours, i) => peer[i].median_ms / ours.median_ms));
  rows.push({ name: test.name, wedge: medians(wedge), peer: medians(peer), ratio, same });
  console.error(`${test.name}: ${ms(rows.at(-1).wedge.median_ms)} against ${ms(rows.at(-1).peer.median_ms)} ms, ${ratio.toFixed(2)}×, cosine ${same.toFixed(6)}`);
}
await browser?.close();
const markdown = table(rows);
if (options.markdown) writeFileSync(options.markdown, markdown);
else process.stdout.write(markdown);
