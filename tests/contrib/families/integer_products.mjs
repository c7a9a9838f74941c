import { constant } from '../values.mjs';

const [m, k, n] = [5, 12, 7];

// Bytes of these types with a scale and a zero point for all or for each column of B.
const toFloats = (a, b, { columns, zeros, bias, batch = [], shared = true } = {}) => ({ floats, floatsBetween, integers }) => {
  const range = (type) => (type === 'int8' ? [-128, 128] : [0, 256]);
  const each = columns ? [n] : [];
  const inputs = [
    integers(a, ...range(a), ...batch, m, k), integers(b, ...range(b), ...(shared ? [] : batch), k, n),
    floatsBetween(0.01, 0.1), floatsBetween(0.01, 0.1, ...each),
    zeros ? integers(a, ...range(a)) : null, zeros ? integers(b, ...range(b), ...each) : null, bias ? floats(n) : null,
  ];
  while (inputs.at(-1) === null) inputs.pop();
  return { op: 'MatMulIntegerToFloat', inputs };
};

const dynamic = (b, { columns, zeros, bias, packed, batch = [] } = {}) => ({ floats, floatsBetween, integers }) => {
  const range = b === 'int8' ? [-128, 128] : [0, 256];
  const each = columns ? [n] : [];
  const known = packed ? constant : (tensor) => tensor;
  const inputs = [
    floats(...batch, m, k), known(integers(b, ...range, k, n)), known(floatsBetween(0.01, 0.1, ...each)),
    zeros ? known(integers(b, ...range, ...each)) : null, bias ? floats(n) : null,
  ];
  while (inputs.at(-1) === null) inputs.pop();
  return { op: 'DynamicQuantizeMatMul', inputs };
};

export const cases = {
  integer_to_float: toFloats('uint8', 'uint8'),
  integer_to_float_signed: toFloats('uint8', 'int8', { zeros: true }),
  integer_to_float_both_signed: toFloats('int8', 'int8', { bias: true }),
  integer_to_float_columns: toFloats('uint8', 'uint8', { columns: true, zeros: true, bias: true }),
  integer_to_float_batch: toFloats('uint8', 'int8', { columns: true, zeros: true, batch: [2, 3] }),
  integer_to_float_batches: toFloats('int8', 'int8', { zeros: true, bias: true, batch: [2], shared: false }),
  dynamic_quantize_matmul: dynamic('uint8'),
  dynamic_quantize_matmul_signed: dynamic('int8', { bias: true }),
  dynamic_quantize_matmul_zeros: dynamic('uint8', { zeros: true, batch: [3] }),
  dynamic_quantize_matmul_columns: dynamic('int8', { zeros: true, columns: true, bias: true }),
  dynamic_quantize_matmul_packed: dynamic('int8', { zeros: true, columns: true, bias: true, packed: true, batch: [2] }),
};
