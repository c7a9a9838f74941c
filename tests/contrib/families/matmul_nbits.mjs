import { constant } from '../values.mjs';

const packed = (count, bits) => Math.ceil((count * bits) / 8);

// Rows of A, columns K, rows N of the weights.
const product = (rows, columns, n, { bits = 4, block = 16, zeros, groups, bias, attributes = {} } = {}) => (values) => {
  const { floats, floatsBetween, integers, given } = values;
  const blocks = Math.ceil(columns / block);
  const inputs = [
    floats(...rows, columns),
    constant(integers('uint8', 0, 256, n, blocks, (block * bits) / 8)),
    constant(floatsBetween(0.1 / 2 ** bits, 0.8 / 2 ** bits, n, blocks)),
    zeros === 'bytes' ? constant(integers('uint8', 0, 256, n, packed(blocks, bits)))
      : zeros === 'floats' ? constant(floatsBetween(0, 2 ** bits, n, blocks)) : null,
    groups ? constant(given('int32', [columns], Array.from({ length: columns }, (_, i) => (i * 7) % blocks))) : null,
    bias ? constant(floats(n)) : null,
  ];
  while (inputs.at(-1) === null) inputs.pop();
  const sizes = { K: { int: columns }, N: { int: n }, bits: { int: bits }, block_size: { int: block } };
  return { op: 'MatMulNBits', attributes: { ...sizes, ...attributes }, inputs };
};

export const cases = {
  matmul_nbits: product([1], 64, 9, { block: 32 }),
  matmul_nbits_rows: product([2, 5], 64, 9, { block: 32 }),
  matmul_nbits_many_rows: product([3, 17], 40, 5, { zeros: 'bytes', bias: true }),
  matmul_nbits_many_rows_bytes: product([50], 40, 9, { bits: 8 }),
  matmul_nbits_many_rows_pairs: product([50], 32, 9, { bits: 2 }),
  matmul_nbits_ragged: product([1], 40, 5),
  matmul_nbits_ragged_rows: product([6], 40, 5, { zeros: 'bytes', bias: true }),
  matmul_nbits_bytes: product([2], 48, 6, { bits: 8 }),
  matmul_nbits_bytes_zeros: product([2], 48, 6, { bits: 8, zeros: 'bytes', bias: true }),
  matmul_nbits_bytes_rows: product([7], 48, 18, { bits: 8, zeros: 'bytes' }),
  matmul_nbits_pairs: product([1], 64, 6, { bits: 2 }),
  matmul_nbits_pairs_zeros: product([5], 64, 6, { bits: 2, zeros: 'bytes' }),
  matmul_nbits_zeros: product([3], 80, 7, { zeros: 'bytes' }),
  matmul_nbits_float_zeros: product([3], 64, 7, { block: 32, zeros: 'floats' }),
  matmul_nbits_float_zeros_rows: product([8], 64, 7, { block: 32, zeros: 'floats', bias: true }),
  matmul_nbits_groups: product([2], 64, 5, { groups: true }),
  matmul_nbits_bias: product([1], 256, 5, { block: 128, bias: true }),
};
