// Three experts with matrices of 32 columns, packed by `bits`.
const experts = (bits, type, rest = {}) => (values) => {
  const { floats, floatsBetween, integers } = values;
  const fused = type === 'swiglu' ? 2 : 1;
  const perByte = 8 / bits;
  const blocks = rest.block ? [32 / rest.block] : [];
  const matrix = (rows) => integers('uint8', 0, 256, 3, rows, 32 / perByte);
  const scales = (rows) => floatsBetween(0.1 / 2 ** bits, 0.4 / 2 ** bits, 3, rows, ...blocks);
  const zeros = (rows) => integers('uint8', 0, 256, 3, ...(rest.block ? [rows, blocks[0] / perByte] : [rows / perByte]));
  const bias = (rows) => (rest.bias ? floats(3, rows) : null);
  const rows = 32 * fused;
  const tail = rest.zeros ? [null, null, null, zeros(rows), zeros(32)] : [];
  return {
    op: 'QMoE',
    attributes: {
      k: { int: 2 }, expert_weight_bits: { int: bits }, activation_type: type,
      ...(rest.block ? { block_size: { int: rest.block } } : {}), ...rest.attributes,
    },
    inputs: [floats(4, 32), floats(4, 3), matrix(rows), scales(rows), bias(rows), matrix(32), scales(32), bias(32), ...tail,
      ...(rest.mixing ? [null, null, null, null, null, null, floatsBetween(0, 1, 4, 3)] : [])],
  };
};
const interleaved = { swiglu_fusion: { int: 1 } };
const normalized = { normalize_routing_weights: { int: 1 } };

export const cases = {
  quantized_moe: experts(4, 'silu'),
  quantized_moe_bias: experts(4, 'gelu', { bias: true }),
  quantized_moe_bytes: experts(8, 'relu'),
  quantized_moe_blocks: experts(4, 'identity', { block: 16 }),
  quantized_moe_zeros: experts(4, 'silu', { zeros: true }),
  quantized_moe_byte_zeros: experts(8, 'silu', { zeros: true }),
  quantized_moe_block_zeros: experts(4, 'silu', { zeros: true, block: 16 }),
  quantized_moe_pairs: experts(2, 'silu'),
  quantized_moe_normalized: experts(4, 'silu', { attributes: normalized }),
  quantized_moe_mixing: experts(4, 'silu', { mixing: true }),
  quantized_moe_mixing_normalized: experts(4, 'silu', { mixing: true, attributes: normalized }),
  quantized_moe_swiglu: experts(4, 'swiglu', { bias: true, attributes: interleaved }),
};
