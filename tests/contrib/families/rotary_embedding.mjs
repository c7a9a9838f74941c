const rotary = (dims, positions, table, attributes) => ({ floats, floatsBetween, given }) => ({
  op: 'RotaryEmbedding', attributes,
  inputs: [floats(...dims), given('int64', ...positions), floatsBetween(-1, 1, ...table), floatsBetween(-1, 1, ...table)],
});
const each = [[2, 3], [0, 4, 2, 1, 1, 3]];

export const cases = {
  rotary_embedding: rotary([2, 3, 16], each, [5, 4], {}),
  rotary_embedding_offset: rotary([2, 3, 16], [[1], [2]], [5, 4], {}),
  rotary_embedding_interleaved: rotary([2, 3, 16], each, [5, 4], { interleaved: { int: 1 } }),
  rotary_embedding_heads: rotary([2, 2, 3, 8], each, [5, 4], {}),
  rotary_embedding_partial: rotary([2, 3, 20], each, [5, 4], {
    num_heads: { int: 2 }, rotary_embedding_dim: { int: 8 },
  }),
  rotary_embedding_partial_interleaved: rotary([2, 3, 20], [[1], [0]], [5, 4], {
    num_heads: { int: 2 }, rotary_embedding_dim: { int: 8 }, interleaved: { int: 1 },
  }),
  rotary_embedding_scale: rotary([1, 3, 16], [[1], [1]], [5, 4], { scale: 2 }),
};
