// Three experts, of which `k` take part.
const attributes = (k, rest) => ({ k: { int: k }, ...rest });
const experts = (type, rest = {}) => (values) => {
  const { floats } = values;
  const fused = type === 'swiglu' ? 2 : 1;
  const bias = (columns) => (rest.bias ? floats(3, columns) : null);
  return {
    op: 'MoE', attributes: attributes(rest.k ?? 2, { activation_type: type, ...rest.attributes }),
    inputs: [floats(...(rest.dims ?? [5, 4])), rest.scores?.(values) ?? floats(5, 3),
      floats(3, 6 * fused, 4), bias(6 * fused), floats(3, 4, 6), bias(4)],
  };
};
const interleaved = { swiglu_fusion: { int: 1 } };

export const cases = {
  moe_relu: experts('relu'),
  moe_gelu: experts('gelu', { bias: true }),
  moe_silu: experts('silu', { bias: true, k: 1 }),
  moe_identity: experts('identity', { k: 3 }),
  moe_normalized: experts('silu', { attributes: { normalize_routing_weights: { int: 1 } } }),
  moe_rank_3: experts('silu', { dims: [1, 5, 4] }),
  moe_ties: experts('silu', { scores: ({ given }) => given('float32', [5, 3], Array(15).fill(0.5)) }),
  moe_swiglu: experts('swiglu', { bias: true, attributes: interleaved }),
  moe_swiglu_parameters: experts('swiglu', {
    bias: true, attributes: { ...interleaved, activation_alpha: 1.702, activation_beta: 1, swiglu_limit: 2.5 },
  }),
};
