export const cases = {
  gelu: ({ floats }) => ({ op: 'Gelu', inputs: [floats(3, 5)] }),
  bias_gelu: ({ floats }) => ({ op: 'BiasGelu', inputs: [floats(2, 3, 5), floats(5)] }),
  fast_gelu: ({ floats }) => ({ op: 'FastGelu', inputs: [floats(3, 5)] }),
  fast_gelu_bias: ({ floats }) => ({ op: 'FastGelu', inputs: [floats(2, 3, 5), floats(5)] }),
  quick_gelu: ({ floats }) => ({ op: 'QuickGelu', inputs: [floats(3, 5)] }),
  quick_gelu_alpha: ({ floats }) => ({ op: 'QuickGelu', inputs: [floats(3, 5)], attributes: { alpha: 0.75 } }),
};
