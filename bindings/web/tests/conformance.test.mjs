// ONNX's backend tests on the package, with the native build's lists of known exceptions.
// As a program: node conformance.test.mjs FOLDER...   prints what fails and the total.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import test from 'node:test';
import { Engine, Session } from 'wedge-onnx';
import { difference, parseValue } from './onnx.mjs';
import { repository } from './support.mjs';

function findTests(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => basename(file) === 'model.onnx' && existsSync(join(folder, dirname(file), 'test_data_set_0')))
    .map((file) => join(folder, dirname(file)))
    .sort();
}

const nameOf = (folder) => `${basename(dirname(folder))}/${basename(folder)}`;
const isRandom = (name) => /^test_bernoulli/.test(name) || (/^test_training_dropout/.test(name) && !name.includes('zero_ratio'));

function runSet(session, folder, name) {
  const values = (kind, infos) => infos.map((info, i) => parseValue(readFileSync(join(folder, `${kind}_${i}.pb`)), info));
  const inputs = values('input', session.inputs);
  const expected = values('output', session.outputs);
  const feeds = Object.fromEntries(session.inputs.map((input, i) => [input.name, inputs[i]]));
  const absolute = /dft|stft/.test(name) ? 1e-3 : 1e-7;
  // The second run follows the plan that the first one made.
  for (let repeat = 0; repeat < 2; ++repeat) {
    const outputs = session.runSync(feeds);
    session.outputs.forEach(({ name: output }, i) => {
      const text = difference(outputs[output], expected[i], absolute, isRandom(name));
      if (text !== undefined) throw new Error(`output ${i}: ${text}`);
    });
  }
}

/** Why a test fails, or undefined. */
async function failure(folder, engine) {
  let session;
  try {
    session = await Session.load(join(folder, 'model.onnx'), { engine });
    for (let i = 0; existsSync(join(folder, `test_data_set_${i}`)); ++i) runSet(session, join(folder, `test_data_set_${i}`), basename(folder));
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    session?.release();
  }
}

async function runAll(folder, engine) {
  const tests = findTests(folder);
  const failures = new Map();
  for (const one of tests) {
    const text = await failure(one, engine);
    if (text !== undefined) failures.set(nameOf(one), text);
  }
  console.log(`${tests.length - failures.size} of ${tests.length} pass`);
  return { count: tests.length, failures };
}

function exceptions(file) {
  const lines = readFileSync(join(repository, 'tests/conformance', file), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' ')[0]).sort();
}

async function sameAsNative(folder, known, engine) {
  const { count, failures } = await runAll(folder, engine);
  assert.ok(count > 0);
  const texts = [...failures].filter(([name]) => !known.includes(name)).map(([name, text]) => `${name}: ${text}`);
  assert.deepEqual(texts, []);
  assert.deepEqual([...failures.keys()].sort(), known);
}

const packaged = '/usr/share/libonnx-testdata/data';
const archive = process.env.WEDGE_ONNX_TESTS;

if (process.argv[1] === import.meta.filename && process.argv.length > 2) {
  for (const folder of process.argv.slice(2)) {
    const { failures } = await runAll(folder);
    for (const [name, text] of failures) console.log(`${name}: ${text}`);
  }
} else {
  test('cases against ONNX Runtime', () => sameAsNative(join(repository, 'tests/contrib/cases'), []));
  test('the same above two gigabytes, where addresses are negative numbers', async () => {
    const engine = await Engine.create();
    while (engine.allocate(2 ** 28) < 2 ** 31);
    await sameAsNative(join(repository, 'tests/contrib/cases'), [], engine);
    engine.release();
  });
  test('the tests that Debian has', { skip: !existsSync(packaged) }, () => sameAsNative(packaged, exceptions('exceptions_testdata.txt')));
  test('the tests of an archive', { skip: archive === undefined }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wedge-'));
    try {
      execFileSync('tar', ['-xf', archive, '-C', folder]);
      await sameAsNative(folder, exceptions('exceptions.txt'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
