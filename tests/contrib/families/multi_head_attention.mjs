const attributes = { num_heads: { int: 2 } };
const attend = (tail, rest = {}) => (values) => ({
  op: 'MultiHeadAttention', attributes: { ...attributes, ...rest.attributes },
  outputs: rest.outputs, inputs: [...(rest.operands ?? own)(values), ...tail(values)],
});
const own = ({ floats }) => [floats(2, 3, 8), floats(2, 3, 8), floats(2, 3, 8)];
const cross = ({ floats }) => [floats(2, 3, 8), floats(2, 5, 8), floats(2, 5, 12)];
const nothing = () => [];
const all = ['float32', 'float32', 'float32'];
const lengths = ({ given }) => given('int32', [2], [2, 3]);

export const cases = {
  multi_head_attention: attend(nothing),
  multi_head_attention_cross: attend(nothing, { operands: cross }),
  multi_head_attention_scale: attend(nothing, { attributes: { scale: 0.3 } }),
  multi_head_attention_bias: attend(({ floats }) => [floats(24)]),
  multi_head_attention_cross_bias: attend(({ floats }) => [floats(28)], { operands: cross }),
  multi_head_attention_causal: attend(nothing, { attributes: { unidirectional: { int: 1 } } }),
  multi_head_attention_lengths: attend((values) => [null, lengths(values)]),
  multi_head_attention_padding: attend(({ given }) => [null, given('int32', [2, 3], [0, 1, 1, 1, 1, 0])], {
    attributes: { mask_filter_value: -3 },
  }),
  multi_head_attention_mask: attend(({ integers }) => [null, integers('int32', 0, 2, 2, 3, 3)]),
  multi_head_attention_causal_padding: attend(({ given }) => [null, given('int32', [2, 3], [0, 0, 1, 1, 1, 0])], {
    attributes: { unidirectional: { int: 1 } },
  }),
  multi_head_attention_attention_bias: attend(({ floats }) => [null, null, floats(1, 2, 3, 3)]),
  multi_head_attention_shared_bias: attend((values) => [null, lengths(values), values.floats(2, 1, 3, 3)]),
  multi_head_attention_present: attend(nothing, { outputs: all }),
  multi_head_attention_past: attend(({ floats }) => [floats(24), null, null, floats(2, 2, 4, 4), floats(2, 2, 4, 4)], {
    outputs: all, attributes: { unidirectional: { int: 1 } },
  }),
  multi_head_attention_past_mask: attend(
    ({ floats, integers }) => [null, integers('int32', 0, 2, 2, 7), null, floats(2, 2, 4, 4), floats(2, 2, 4, 4)],
    { outputs: all },
  ),
  multi_head_attention_one_row: attend(({ floats }) => [null, null, null, floats(1, 2, 4, 4), floats(1, 2, 4, 4)], {
    outputs: all, attributes: { unidirectional: { int: 1 } },
    operands: ({ floats }) => [floats(1, 1, 8), floats(1, 1, 8), floats(1, 1, 8)],
  }),
  multi_head_attention_by_head: attend(nothing, {
    operands: ({ floats }) => [floats(2, 3, 8), floats(2, 2, 5, 4), floats(2, 2, 5, 4)],
  }),
  multi_head_attention_scores: attend(({ floats }) => [null, null, floats(1, 1, 3, 3)], {
    outputs: ['float32', null, null, 'float32'],
  }),
};
