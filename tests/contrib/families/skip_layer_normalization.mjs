const epsilon = 1e-5;

export const cases = {
  skip_layer_normalization: ({ floats }) => ({
    op: 'SkipLayerNormalization', inputs: [floats(2, 3, 8), floats(2, 3, 8), floats(8), floats(8)],
    attributes: { epsilon },
  }),
  skip_layer_normalization_sum: ({ floats }) => ({
    op: 'SkipLayerNormalization', inputs: [floats(2, 3, 8), floats(2, 3, 8), floats(8), null, floats(8)],
    outputs: ['float32', null, null, 'float32'], attributes: { epsilon },
  }),
  skip_layer_normalization_shared: ({ floats }) => ({
    op: 'SkipLayerNormalization', inputs: [floats(2, 3, 8), floats(3, 8), floats(8)],
  }),
  skip_simplified_layer_normalization: ({ floats }) => ({
    op: 'SkipSimplifiedLayerNormalization', inputs: [floats(2, 3, 8), floats(2, 3, 8), floats(8), floats(8)],
    outputs: ['float32', null, null, 'float32'], attributes: { epsilon },
  }),
  simplified_layer_normalization: ({ floats }) => ({
    op: 'SimplifiedLayerNormalization', domain: '', inputs: [floats(2, 3, 8), floats(8)],
    attributes: { axis: { int: -1 }, epsilon },
  }),
};
