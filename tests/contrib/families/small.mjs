// Operators of one or two cases.
const tokens = [[1, 2, 3, 1, 2, 4, 1, 2], [5, 5, 5, 5, 5, 5, 5, 5]].flat();
const block = (n) => ({ given, floats }) => ({
  op: 'NGramRepeatBlock', attributes: { ngram_size: { int: n } }, inputs: [given('int64', [2, 8], tokens), floats(2, 6)],
});

export const cases = {
  inverse: ({ floats }) => ({ op: 'Inverse', inputs: [floats(2, 3, 3)] }),
  inverse_large: ({ floats }) => ({ op: 'Inverse', inputs: [floats(7, 7)] }),
  trilu_lower: ({ floats, given }) => ({
    op: 'Trilu', attributes: { upper: { int: 0 } }, inputs: [floats(2, 3, 4), given('int64', [], [1])],
  }),
  trilu_upper: ({ integers }) => ({ op: 'Trilu', outputs: ['int64'], inputs: [integers('int64', 0, 9, 3, 3)] }),
  unique_in_order: ({ given }) => ({
    op: 'Unique', inputs: [given('float32', [6], [2, 1, 1, 3, 4, 3])], outputs: ['float32', 'int64', 'int64'],
  }),
  ngram_repeat_block_1: block(1),
  ngram_repeat_block_2: block(2),
  ngram_repeat_block_3: block(3),
  ngram_repeat_block_long: block(9),
};
