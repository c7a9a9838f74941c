// Models whose numbers have become others are run or refused, and end no engine. Sizes have 32 bits here, which the native
// fuzzers do not see.
// As a program: node damage.test.mjs SEED SECONDS FOLDER...   prints what ends an engine and leaves it in a file.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import test from 'node:test';
import { Engine, Session } from 'wedge-onnx';
import { parseValue } from './onnx.mjs';
import { repository } from './support.mjs';

/** Numbers below a limit, by xorshift. */
function randomNumbers(seed) {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** A protobuf message as a list of fields: bytes that can be read as a message are one. Throws where it cannot be read. */
function parse(bytes) {
  const fields = [];
  let at = 0;
  const take = (count) => {
    if (count > bytes.length - at) throw new RangeError('cut short');
    return bytes.subarray(at, (at += count));
  };
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte] = take(1);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new RangeError('no end');
  };
  const messageOf = (value) => {
    try {
      return value.length > 1 ? parse(value) : undefined;
    } catch {
      return undefined;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = Number(key & 7n);
    if (key < 8n || key > 16_000n || ![0, 1, 2, 5].includes(kind)) throw new RangeError('no field');
    const value = kind === 0 ? varint() : take(kind === 2 ? Number(varint()) : kind === 1 ? 8 : 4);
    fields.push({ key, kind, value, message: kind === 2 ? messageOf(value) : undefined });
  }
  return fields;
}

function varintBytes(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const encode = (fields) => fields.flatMap(({ key, kind, value, message }) => {
  if (kind === 0) return [...varintBytes(key), ...varintBytes(value)];
  const bytes = message ? encode(message) : [...value];
  return [...varintBytes(key), ...(kind === 2 ? varintBytes(BigInt(bytes.length)) : []), ...bytes];
});

const leaves = (fields) => fields.flatMap((field) => (field.message ? leaves(field.message) : [field]));

const numbers = [0n, 1n, -1n, 7n, 1000n, 1n << 16n, (1n << 16n) + 1n, 1n << 29n, 3n << 28n, (1n << 30n) + 1n, (1n << 31n) - 1n, 1n << 31n,
  (1n << 32n) - 1n, 1n << 32n, 1n << 40n, (1n << 63n) - 1n, 1n << 63n];
const octets = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255];

/** Changes one number: a varint, a 64-bit number among bytes, or a byte. */
function change(field, random) {
  const number = numbers[random(numbers.length)];
  if (field.kind === 0) {
    field.value = [number, field.value + 1n, field.value - 1n, -field.value, 2n * field.value][Math.min(random(9), 4)];
    return;
  }
  const bytes = Uint8Array.from(field.value);
  if (bytes.length > 0 && bytes.length % 8 === 0 && random(2) === 0) {
    new DataView(bytes.buffer).setBigUint64(8 * random(bytes.length / 8), BigInt.asUintN(64, number), true);
  } else if (bytes.length > 0) {
    bytes[random(bytes.length)] = octets[random(octets.length)];
  }
  field.value = bytes;
}

function damaged(model, random) {
  const fields = parse(model);
  const numbersOfModel = leaves(fields);
  for (let count = 1 + random(2); count > 0; --count) change(numbersOfModel[random(numbersOfModel.length)], random);
  return Uint8Array.from(encode(fields));
}

/** Loads and runs a model on the inputs beside the one it was made from. */
async function run(engine, model, folder) {
  const session = await Session.load(model, { engine, maxMemory: 2 ** 29 });
  try {
    const feeds = {};
    session.inputs.forEach((info, i) => {
      const file = join(folder, `test_data_set_0/input_${i}.pb`);
      if (existsSync(file)) feeds[info.name] = parseValue(readFileSync(file), info);
    });
    session.runSync(feeds);
  } finally {
    session.release();
  }
}

/** What ends an engine: [case, message, model]. */
async function campaign(seed, folders, goesOn) {
  const random = randomNumbers(seed);
  const cases = folders.flatMap((folder) => readdirSync(folder, { recursive: true })
    .filter((file) => basename(file) === 'model.onnx').map((file) => join(folder, dirname(file))).sort());
  const found = [];
  let engine = await Engine.create();
  let count = 0;
  for (; goesOn(count); ++count) {
    const folder = cases[random(cases.length)];
    const original = readFileSync(join(folder, 'model.onnx'));
    if (original.length > 20_000) continue;
    const model = damaged(original, random);
    try {
      await run(engine, model, folder);
    } catch ({ code, message }) {
      if (code === 'INTERNAL' || code === undefined) found.push([basename(folder), message, model]);
      if (code !== 'INTERNAL' && engine.bytes.length < 2 ** 31) continue;
      engine.release();
      engine = await Engine.create();
    }
  }
  return { count, found };
}

if (process.argv[1] === import.meta.filename && process.argv.length > 4) {
  const [seed, seconds, ...folders] = process.argv.slice(2);
  const end = performance.now() + 1000 * Number(seconds);
  const { count, found } = await campaign(Number(seed), folders, () => performance.now() < end);
  found.forEach(([name, message, model], i) => {
    const file = join(tmpdir(), `damaged-${seed}-${i}.onnx`);
    writeFileSync(file, model);
    console.log(`${name}: ${message} (${file})`);
  });
  console.log(`${count} models, ${found.length} of which ended an engine`);
} else {
  test('numbers that have become others', async () => {
    const { found } = await campaign(20_261, [join(repository, 'tests/contrib/cases')], (count) => count < 4000);
    assert.deepEqual(found.map(([name, message]) => `${name}: ${message}`), []);
  });
}
