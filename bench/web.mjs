// Runs the WebAssembly module and ONNX Runtime Web side by side in Node, in turns, one thread, and writes a Markdown table.
// usage: node bench/web.mjs --kit FOLDER --peers NODE_MODULES [--module bindings/web/dist/wedge-simd.wasm] [--seconds 1]
//        [--rounds 3] [CASE...]
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kit: { type: 'string' },
    peers: { type: 'string' },
    module: { type: 'string', default: join(here, '../bindings/web/dist/wedge-simd.wasm') },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!options.kit || !options.peers) {
  console.error('usage: web.mjs --kit FOLDER --peers NODE_MODULES [options] [CASE...]');
  process.exit(2);
}

const kit = resolve(options.kit);
const cases = Object.entries(JSON.parse(readFileSync(join(kit, 'cases.json'))))
  .filter(([name]) => positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted)))
  .map(([name, { model, inputs }]) => ({
    name, model: join(kit, model), inputs: inputs.map((input) => ({ ...input, file: join(kit, input.file) })),
  }));

function run(engine, test) {
  const flags = ['--no-warnings', '--experimental-wasm-relaxed-simd', join(here, 'web_engine.mjs')];
  const args = ['-c', '0', process.execPath, ...flags, resolve(engine), options.seconds, JSON.stringify(test)];
  const text = execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 });
  return JSON.parse(text.slice(text.lastIndexOf('{"create"')));
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const middle = (rounds, key) => median(rounds.map((round) => round[key]));

function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return a.length === 0 || dot(a, a) === 0 ? 1 : dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const ms = (value) => (value < 1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(1));
console.log('| case | Wedge ms | ONNX Runtime Web ms | faster by | create + first ms | MB | cosine |');
console.log('|---|--:|--:|--:|--:|--:|--:|');
const ratios = [];
for (const test of cases) {
  const wedge = [], peer = [];
  for (let round = 0; round < Number(options.rounds); ++round) {
    wedge.push(run(options.module, test));
    peer.push(run(options.peers, test));
  }
  const ratio = median(wedge.map((ours, i) => peer[i].median / ours.median));
  ratios.push(ratio);
  const begin = (rounds) => ms(middle(rounds, 'create') + middle(rounds, 'first'));
  const megabytes = (rounds) => (middle(rounds, 'bytes') / 2 ** 20).toFixed(0);
  const same = Math.min(...wedge[0].outputs.map((output, i) => cosine(output, peer[0].outputs[i])));
  console.log(`| ${[
    test.name, ms(middle(wedge, 'median')), ms(middle(peer, 'median')), `${ratio.toFixed(2)}×`,
    `${begin(wedge)} : ${begin(peer)}`, `${megabytes(wedge)} : ${megabytes(peer)}`, same.toFixed(6),
  ].join(' | ')} |`);
}
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(`\nGeometric mean over ${ratios.length} cases: ${mean.toFixed(2)}×, worst ${Math.min(...ratios).toFixed(2)}×.`);
