// Runs Wedge and ONNX Runtime side by side, in turns on the same cores, and writes a Markdown table of ratios, and of
// speed-ups where there is more than one number of threads.
//
// A kit is a folder with cases.json: { CASE: { model, inputs: [{ name, dtype, dims, file }] } }, paths relative to it.
// usage: node bench/compare.mjs --kit FOLDER --peers NODE_MODULES [--threads 1,2] [--seconds 1] [--rounds 3]
//        [--wedge build/release/wedge] [--markdown FILE] [--plot FILE.svg] [CASE...]
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { arrayOf, cosine, geometricMean, median, medians, ms, readCases } from './kit.mjs';
import { plot } from './plot.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kit: { type: 'string' },
    peers: { type: 'string' },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    wedge: { type: 'string', default: join(here, '../build/release/wedge') },
    markdown: { type: 'string' },
    plot: { type: 'string' },
  },
});
if (!options.kit || !options.peers) {
  console.error('usage: compare.mjs --kit FOLDER --peers NODE_MODULES [options] [CASE...]');
  process.exit(2);
}

const kit = resolve(options.kit);
const cases = readCases(kit, positionals);
const threadCounts = options.threads.split(',').map(Number);

function pinned(threads, program, args) {
  const cores = Array.from({ length: threads }, (_, i) => i).join(',');
  return execFileSync('taskset', ['-c', cores, program, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function feedArguments({ inputs }) {
  return inputs.flatMap(({ name, dims, file }) => [
    '-i', `${name}=${file}`, ...(dims.length > 0 ? ['--dims', `${name}=${dims.join(',')}`] : []),
  ]);
}

/**
 * What the system has thrown out of memory would be read from the disk in one run and not in the next. A process that
 * is started inherits the peak memory of the one that starts it, so little is held at a time.
 */
function warm({ model }) {
  const piece = Buffer.alloc(1 << 20);
  const file = openSync(model);
  while (readSync(file, piece) > 0);
  closeSync(file);
}

function runWedge(test, threads) {
  warm(test);
  const args = ['bench', test.model, '--json', '-t', `${threads}`, '--warmup', '0.3', '--seconds', options.seconds];
  return JSON.parse(pinned(threads, options.wedge, [...args, ...feedArguments(test)]));
}

function runPeer(test, threads, folder) {
  warm(test);
  const args = [join(here, 'peer.mjs'), options.peers, `${threads}`, options.seconds, JSON.stringify(test)];
  return JSON.parse(pinned(threads, process.execPath, folder ? [...args, folder] : args));
}

/** The elements of a .npy file of numbers. */
function readNpy(file) {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const kind = /'descr': '[<|](\w\d+)'/.exec(bytes.toString('latin1', 10, start))[1];
  const array = { f4: Float32Array, f8: Float64Array, i8: BigInt64Array, i4: Int32Array, u1: Uint8Array }[kind];
  return new array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
}

/** The least cosine of an output with the peer's. */
function agreement(test, folder) {
  execFileSync(options.wedge, ['run', test.model, ...feedArguments(test), '-o', folder], { stdio: 'ignore' });
  return Math.min(...JSON.parse(readFileSync(join(folder, 'peer.json'))).map(({ name, type }, i) => {
    const file = [name, name.replaceAll('/', '_')].map((stem) => join(folder, `${stem}.npy`)).find(existsSync);
    const bytes = readFileSync(join(folder, `peer_${i}.bin`));
    const array = arrayOf(type);
    return cosine(readNpy(file), new array(bytes.buffer, bytes.byteOffset, bytes.length / array.BYTES_PER_ELEMENT));
  }));
}

/** A row for each number of threads. They take turns within a round, so that a core that slows down slows all of them. */
function compare(test) {
  const folder = mkdtempSync(join(tmpdir(), 'wedge-compare-'));
  const rows = threadCounts.map((threads) => ({ name: test.name, threads, wedges: [], peers: [] }));
  for (let round = 0; round < Number(options.rounds); ++round) {
    for (const { threads, wedges, peers } of rows) {
      wedges.push(runWedge(test, threads));
      peers.push(runPeer(test, threads, peers.length === 0 ? folder : undefined));
    }
  }
  const same = agreement(test, folder);
  rmSync(folder, { recursive: true });
  return rows.map(({ wedges, peers, ...row }) => ({
    ...row, wedges, peers, wedge: medians(wedges), peer: medians(peers), agreement: same,
    ratio: median(wedges.map((ours, i) => peers[i].median_ms / ours.median_ms)),
  }));
}

function table(rows) {
  const lines = [
    '| case | threads | Wedge ms | ONNX Runtime ms | faster by | create ms | first run ms | peak RSS MB | cosine |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
  ];
  for (const { name, threads, wedge, peer, ratio, agreement: same } of rows) {
    lines.push(`| ${[
      name, threads, ms(wedge.median_ms), ms(peer.median_ms), `${ratio.toFixed(2)}×`,
      `${ms(wedge.load_ms)} : ${ms(peer.load_ms)}`, `${ms(wedge.first_ms)} : ${ms(peer.first_ms)}`,
      `${wedge.peak_rss_mb.toFixed(0)} : ${(peer.peak_rss_mb - peer.bare_rss_mb).toFixed(0)}`, same.toFixed(6),
    ].join(' | ')} |`);
  }
  for (const threads of new Set(rows.map((row) => row.threads))) {
    const ratios = rows.filter((row) => row.threads === threads).map((row) => row.ratio);
    lines.push('', `Geometric mean over ${ratios.length} cases, ${threads} thread(s): ${geometricMean(ratios).toFixed(2)}×, worst ${Math.min(...ratios).toFixed(2)}×.`);
  }
  return `${lines.join('\n')}\n`;
}

/** How many times as fast as with the fewest threads: the median of the rounds' ratios, and that of the shortest runs. */
function speedUps(rows) {
  const few = Math.min(...threadCounts);
  const gain = (before, after) => {
    const ofRounds = median(before.map(({ median_ms }, i) => median_ms / after[i].median_ms));
    const shortest = (runs) => Math.min(...runs.map(({ min_ms }) => min_ms));
    return `${ofRounds.toFixed(2)} (${(shortest(before) / shortest(after)).toFixed(2)})`;
  };
  const lines = ['', `| case | threads | Wedge over ${few} | ONNX Runtime over ${few} |`, '|---|--:|--:|--:|'];
  for (const row of rows.filter(({ threads }) => threads !== few)) {
    const alone = rows.find(({ name, threads }) => name === row.name && threads === few);
    lines.push(`| ${[row.name, row.threads, gain(alone.wedges, row.wedges), gain(alone.peers, row.peers)].join(' | ')} |`);
  }
  return `${lines.join('\n')}\n`;
}

const rows = [];
for (const test of cases) {
  for (const row of compare(test)) {
    const { name, threads, wedge, peer, ratio, agreement: same } = row;
    rows.push(row);
    console.error(`${name} x${threads}: ${ms(wedge.median_ms)} against ${ms(peer.median_ms)} ms, ${ratio.toFixed(2)}×, cosine ${same.toFixed(6)}`);
  }
}
const markdown = table(rows) + (threadCounts.length > 1 ? speedUps(rows) : '');
if (options.markdown) writeFileSync(options.markdown, markdown);
else process.stdout.write(markdown);
if (options.plot) writeFileSync(options.plot, plot(rows));
