const attend = (tail, rest = {}) => (values) => ({
  op: 'Attention', outputs: rest.outputs, attributes: { num_heads: { int: 2 }, ...rest.attributes },
  inputs: [values.floats(2, 3, 6), ...(rest.weights ?? weights)(values), ...tail(values)],
});
const weights = ({ floats }) => [floats(6, 24), floats(24)];
const fixed = (values) => weights(values).map((tensor) => ({ ...tensor, constant: true }));
const nothing = () => [];
const both = ['float32', 'float32'];
const causal = { unidirectional: { int: 1 } };

export const cases = {
  attention: attend(nothing),
  attention_fixed: attend(nothing, { weights: fixed }),
  attention_sizes: attend(nothing, {
    attributes: { qkv_hidden_sizes: [8, 8, 4] }, weights: ({ floats }) => [floats(6, 20), floats(20)],
  }),
  attention_causal: attend(nothing, { attributes: causal }),
  attention_scale: attend(nothing, { attributes: { scale: 0.25 } }),
  attention_lengths: attend(({ given }) => [given('int32', [2], [1, 3])]),
  attention_ranges: attend(({ given }) => [given('int32', [4], [2, 3, 0, 1])], {
    attributes: { mask_filter_value: -2 },
  }),
  attention_padding: attend(({ given }) => [given('int32', [2, 3], [0, 1, 1, 1, 0, 1])], { attributes: causal }),
  attention_mask: attend(({ integers }) => [integers('int32', 0, 2, 2, 3, 3)]),
  attention_mask_causal: attend(({ given }) => [
    given('int32', [2, 3, 3], [1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1]),
  ], { attributes: causal }),
  attention_present: attend(nothing, { outputs: both }),
  attention_past: attend(({ floats }) => [null, floats(2, 2, 2, 2, 4)], { outputs: both, attributes: causal }),
  attention_past_mask: attend(({ given, floats }) => [
    given('int32', [2, 5], [1, 0, 1, 1, 1, 0, 0, 1, 1, 1]), floats(2, 2, 2, 2, 4),
  ], { outputs: both }),
  attention_bias: attend(({ floats }) => [null, null, floats(2, 2, 3, 3)]),
  attention_shared_bias: attend(({ floats }) => [null, null, floats(1, 1, 3, 3)], { attributes: causal }),
};
