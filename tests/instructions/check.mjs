// Counts the instructions of small fixed cases under valgrind, which do not depend on the machine or its load, and
// compares them with a baseline: a case that takes more than the margin above it is an error.
//
// usage: node check.mjs PROGRAM COMPILER [--update]
//   PROGRAM    wedge-instructions, built for release
//   COMPILER   the compiler's name and version. Counts of one compiler say nothing about another's, so each has its own
//              baseline in baseline.json; without one nothing is compared, the counts are printed and the exit code is 77
//   --update   writes what was counted as the compiler's baseline
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const margin = 0.05;
const nothingToCompare = 77;
const file = path.join(path.dirname(new URL(import.meta.url).pathname), 'baseline.json');

const [program, compiler, option] = process.argv.slice(2);
if (!fs.readFileSync('/proc/cpuinfo', 'utf8').includes(' avx2 ')) {
  console.log('NOTHING WAS COMPARED: this machine has no AVX2, the baselines are of programs that use it.');
  process.exit(nothingToCompare);
}
const cases = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');

/** Instructions inside counted(). Valgrind shows programs a processor with AVX2 and no more. */
async function count(name) {
  const { stderr } = await promisify(execFile)('valgrind', [
    '--tool=callgrind', '--callgrind-out-file=/dev/null', '--toggle-collect=counted', program, name,
  ]);
  const found = /Collected : (\d+)/.exec(stderr);
  if (!found || found[1] === '0') throw new Error(`valgrind counted nothing in ${name}:\n${stderr}`);
  return Number(found[1]);
}

const counts = {};
const waiting = [...cases];
await Promise.all(Array.from({ length: Math.min(2, os.availableParallelism?.() ?? 2) }, async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) counts[name] = await count(name);
}));

const baselines = JSON.parse(fs.readFileSync(file, 'utf8'));
const baseline = baselines[compiler];
let worse = 0;
let better = 0;
for (const name of cases) {
  const before = baseline?.[name];
  const change = before === undefined ? undefined : counts[name] / before - 1;
  if (change > margin) worse += 1;
  if (change < -margin || (baseline && before === undefined)) better += 1;
  const shown = change === undefined ? 'no baseline' : `${change < 0 ? '' : '+'}${(100 * change).toFixed(2)} %`;
  console.log(`${name.padEnd(20)}${String(counts[name]).padStart(12)}  ${shown}${change > margin ? '  MORE' : ''}`);
}

if (option === '--update') {
  baselines[compiler] = Object.fromEntries(cases.map((name) => [name, counts[name]]));
  fs.writeFileSync(file, `${JSON.stringify(baselines, null, 2)}\n`);
  console.log(`This is the baseline of ${compiler} now.`);
} else if (!baseline) {
  console.log(`NOTHING WAS COMPARED: there is no baseline for ${compiler}, only for ${Object.keys(baselines).join(', ')}.`);
  console.log('scripts/update_instructions.sh makes one.');
  process.exitCode = nothingToCompare;
} else {
  if (better > 0) console.log('Some cases are new or take less; scripts/update_instructions.sh keeps that.');
  if (worse > 0) {
    console.log(`${worse} of ${cases.length} cases take more than ${100 * margin} % above the baseline.`);
    console.log('Where that is meant, scripts/update_instructions.sh makes it the baseline.');
    process.exitCode = 1;
  }
}
