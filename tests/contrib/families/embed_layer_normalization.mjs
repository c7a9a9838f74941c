const words = ({ given }) => given('int32', [2, 3], [1, 4, 0, 3, 3, 2]);
const segments = ({ given }) => given('int32', [2, 3], [0, 0, 1, 1, 0, 1]);
const tables = ({ floats }, segmented) => [floats(5, 8), floats(4, 8), segmented ? floats(2, 8) : null];
const ends = ({ floats }) => [floats(8), floats(8)];
const embed = (values, segmented, rest, outputs, attributes = {}) => ({
  op: 'EmbedLayerNormalization', outputs, attributes,
  inputs: [words(values), segmented ? segments(values) : null, ...tables(values, segmented), ...ends(values), ...rest],
});

export const cases = {
  embed_layer_normalization: (values) => embed(values, true, [], ['float32', 'int32'], { epsilon: 1e-3 }),
  embed_layer_normalization_words: (values) => embed(values, false, [], ['float32', 'int32']),
  embed_layer_normalization_mask: (values) =>
    embed(values, true, [values.given('int32', [2, 3], [1, 1, 0, 1, 0, 0])], ['float32', 'int32']),
  embed_layer_normalization_positions: (values) =>
    embed(values, true, [null, values.given('int32', [2, 3], [3, 1, 0, 0, 2, 2])], ['float32', null]),
  embed_layer_normalization_shared_positions: (values) =>
    embed(values, false, [null, values.given('int32', [1, 3], [3, 1, 0])], ['float32', 'int32']),
  embed_layer_normalization_sum: (values) => embed(values, true, [], ['float32', 'int32', 'float32']),
};
