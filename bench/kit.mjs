// What the comparisons share: a kit's cases, and numbers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The cases of a kit whose names begin with one of those wanted, all if none is; with whole paths. */
export function readCases(kit, wanted) {
  return Object.entries(JSON.parse(readFileSync(join(kit, 'cases.json'))))
    .filter(([name]) => wanted.length === 0 || wanted.some((beginning) => name.startsWith(beginning)))
    .map(([name, { model, inputs }]) => ({
      name, model: join(kit, model), inputs: inputs.map((input) => ({ ...input, file: join(kit, input.file) })),
    }));
}

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
export const medians = (rounds) => Object.fromEntries(Object.keys(rounds[0]).map((key) => [key, median(rounds.map((round) => round[key]))]));
export const geometricMean = (numbers) => Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);
export const ms = (value) => (value < 1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(1));

/** The typed array of an output's type. */
export const arrayOf = (type) => ({ float32: Float32Array, int64: BigInt64Array, uint8: Uint8Array })[type];

export function cosine(a, b) {
  let ab = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; ++i) {
    const x = Number(a[i]), y = Number(b[i]);
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 && bb === 0 ? 1 : ab / Math.sqrt(aa * bb);
}
