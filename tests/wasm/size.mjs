// Fails when a module is larger, compressed, than it may be.
// usage: node size.mjs MODULE.wasm BYTES
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const [file, limit] = process.argv.slice(2);
const bytes = readFileSync(file);
const { length } = brotliCompressSync(bytes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
});
console.log(`${file}: ${bytes.length} bytes, ${length} compressed, ${limit} allowed`);
process.exit(length <= Number(limit) ? 0 : 1);
