// One new row for each of four sequences, and caches of 6 rows of which 4 are in use. With none in use ONNX Runtime
// takes all to be.
const share = { past_present_share_buffer: { int: 1 } };
const attend = (rest = {}) => (values) => {
  const { floats, given } = values;
  const own = [floats(4, 1, 8), floats(4, 1, 8), floats(4, 1, 8)];
  const beams = [given('int32', [1], [2]), given('int32', [2, 2, 6], [
    0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0])];
  return {
    op: 'DecoderMaskedMultiHeadAttention', outputs: ['float32', 'float32', 'float32', ...(rest.shows ? ['float32'] : [])],
    attributes: { num_heads: { int: 2 }, ...share, ...rest.attributes },
    inputs: [...own, rest.mask?.(values) ?? null, rest.bias?.(values) ?? null, floats(4, 2, 6, 4), floats(4, 2, 6, 4),
      given('int32', [1], [4]), ...(rest.beams ? beams : [null, null]), ...(rest.added ? [floats(24)] : [])],
  };
};
const cross = (tail) => (values) => ({
  op: 'DecoderMaskedMultiHeadAttention', attributes: { num_heads: { int: 2 }, ...share },
  inputs: [values.floats(2, 1, 8), values.floats(2, 2, 5, 4), values.floats(2, 2, 5, 4), ...tail(values)],
});

export const cases = {
  decoder_masked_attention: attend(),
  decoder_masked_attention_bias: attend({ bias: ({ floats }) => floats(1, 2, 1, 5), added: true }),
  decoder_masked_attention_mask: attend({ mask: ({ integers }) => integers('int32', 0, 2, 4, 5), attributes: { mask_filter_value: -3 } }),
  decoder_masked_attention_scale: attend({ attributes: { scale: 0.3 } }),
  decoder_masked_attention_scores: attend({ shows: true, attributes: { output_qk: { int: 1 } } }),
  decoder_masked_attention_cross: cross(() => []),
  decoder_masked_attention_cross_mask: cross(({ given }) => [given('int32', [2, 5], [1, 1, 0, 1, 0, 0, 1, 1, 1, 1])]),
  decoder_masked_attention_beams: attend({ beams: true }),
  decoder_masked_attention_beams_mask: attend({ beams: true, mask: ({ integers }) => integers('int32', 0, 2, 4, 5), bias: ({ floats }) => floats(1, 2, 1, 5) }),
};
