// Operators on 8-bit numbers with scales and zero points.
const scalar = (given, value) => given('float32', [], [value]);

// A tensor of bytes with its scale and zero point.
const quantized = ({ integers, given }, type, dims, scale, zero) => [
  type === 'uint8' ? integers('uint8', 0, 256, ...dims) : integers('int8', -128, 128, ...dims),
  scalar(given, scale), given(type, [], [zero]),
];
const steps = ({ given }, type, scale, zero) => [scalar(given, scale), given(type, [], [zero])];

const binary = (op, a, b) => ({
  [`${op.toLowerCase()}_u8`]: (v) => ({
    op, inputs: [...quantized(v, 'uint8', a, 0.031, 120), ...quantized(v, 'uint8', b, 0.047, 7), ...steps(v, 'uint8', 0.083, 100)],
    outputs: ['uint8'],
  }),
  [`${op.toLowerCase()}_i8`]: (v) => ({
    op, inputs: [...quantized(v, 'int8', b, 0.031, -12), ...quantized(v, 'int8', a, 0.047, 7), ...steps(v, 'int8', 0.053, -10)],
    outputs: ['int8'],
  }),
  [`${op.toLowerCase()}_same_shape`]: (v) => ({
    op, inputs: [...quantized(v, 'uint8', a, 0.031, 120), ...quantized(v, 'uint8', a, 0.047, 7), ...steps(v, 'uint8', 0.083, 100)],
    outputs: ['uint8'],
  }),
});

const unary = (op, attributes) => Object.fromEntries(['uint8', 'int8'].map((type) => [
  `${op.toLowerCase()}_${type}`,
  (v) => ({
    op, attributes, outputs: [type],
    inputs: [...quantized(v, type, [3, 50], 0.04, type === 'uint8' ? 128 : 3), ...steps(v, type, 1 / 200, type === 'uint8' ? 0 : -128)],
  }),
]));

export const cases = {
  ...binary('QLinearAdd', [2, 3, 37], [3, 1]),
  ...binary('QLinearMul', [2, 3, 37], [37]),
  ...unary('QLinearSigmoid'),
  ...unary('QLinearLeakyRelu', { alpha: 0.2 }),
  qlinearglobalaveragepool_u8: (v) => ({
    op: 'QLinearGlobalAveragePool', outputs: ['uint8'], attributes: { channels_last: { int: 0 } },
    inputs: [...quantized(v, 'uint8', [2, 5, 7, 6], 0.03, 110), ...steps(v, 'uint8', 0.011, 90)],
  }),
  qlinearglobalaveragepool_channels_last: (v) => ({
    op: 'QLinearGlobalAveragePool', outputs: ['int8'], attributes: { channels_last: { int: 1 } },
    inputs: [...quantized(v, 'int8', [2, 7, 6, 5], 0.03, -11), ...steps(v, 'int8', 0.011, 9)],
  }),
  qlinearaveragepool_u8: (v) => ({
    op: 'QLinearAveragePool', outputs: ['uint8'],
    attributes: { kernel_shape: [3, 2], pads: [1, 0, 1, 1], strides: [2, 1] },
    inputs: [...quantized(v, 'uint8', [1, 3, 9, 8], 0.03, 110), ...steps(v, 'uint8', 0.021, 90)],
  }),
  qlinearaveragepool_i8_pads: (v) => ({
    op: 'QLinearAveragePool', outputs: ['int8'],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: { int: 1 } },
    inputs: [...quantized(v, 'int8', [1, 3, 9, 8], 0.03, -10), ...steps(v, 'int8', 0.021, 4)],
  }),
  qlinearaveragepool_channels_last: (v) => ({
    op: 'QLinearAveragePool', outputs: ['uint8'], attributes: { kernel_shape: [2, 2], channels_last: { int: 1 } },
    inputs: [...quantized(v, 'uint8', [1, 6, 5, 4], 0.03, 110), ...steps(v, 'uint8', 0.021, 90)],
  }),
  qlinearconcat_u8: (v) => ({
    op: 'QLinearConcat', outputs: ['uint8'], attributes: { axis: { int: 1 } },
    inputs: [...steps(v, 'uint8', 0.05, 128), ...quantized(v, 'uint8', [2, 3, 5], 0.03, 110), ...quantized(v, 'uint8', [2, 4, 5], 0.07, 140)],
  }),
  qlinearconcat_i8: (v) => ({
    op: 'QLinearConcat', outputs: ['int8'], attributes: { axis: { int: -1 } },
    inputs: [...steps(v, 'int8', 0.05, 3), ...quantized(v, 'int8', [2, 3], 0.05, 3), ...quantized(v, 'int8', [2, 6], 0.07, 14)],
  }),
  qlinearsoftmax_u8: (v) => ({
    op: 'QLinearSoftmax', outputs: ['uint8'], attributes: { axis: { int: -1 }, opset: { int: 13 } },
    inputs: [...quantized(v, 'uint8', [3, 20], 0.02, 110), ...steps(v, 'uint8', 1 / 256, 0)],
  }),
  qlinearsoftmax_i8_axis: (v) => ({
    op: 'QLinearSoftmax', outputs: ['int8'], attributes: { axis: { int: 1 }, opset: { int: 13 } },
    inputs: [...quantized(v, 'int8', [2, 9, 4], 0.02, 5), ...steps(v, 'int8', 1 / 256, -128)],
  }),
  qlinearsoftmax_old: (v) => ({
    op: 'QLinearSoftmax', outputs: ['uint8'], attributes: { axis: { int: 1 }, opset: { int: 11 } },
    inputs: [...quantized(v, 'uint8', [2, 3, 4], 0.02, 110), ...steps(v, 'uint8', 1 / 256, 0)],
  }),
  nhwcmaxpool_u8: ({ integers }) => ({
    op: 'NhwcMaxPool', outputs: ['uint8'], inputs: [integers('uint8', 0, 256, 1, 7, 6, 5)],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] },
  }),
  nhwcmaxpool_i8: ({ integers }) => ({
    op: 'NhwcMaxPool', outputs: ['int8'], inputs: [integers('int8', -128, 128, 2, 7, 6, 70)],
    attributes: { kernel_shape: [2, 2], dilations: [2, 1] },
  }),
};
