const attend = (input, weight, scale, tail, rest = {}) => (values) => ({
  op: 'QAttention', outputs: rest.outputs, attributes: { num_heads: { int: 2 }, ...rest.attributes },
  inputs: [
    values.integers(input, input === 'uint8' ? 0 : -128, input === 'uint8' ? 256 : 128, 2, 3, 6),
    values.integers(weight, weight === 'uint8' ? 0 : -128, weight === 'uint8' ? 256 : 128, 6, 24),
    values.floats(24), values.given('float32', [], [0.02]), scale(values), ...tail(values),
  ].map((tensor, i) => (rest.fixed && i > 0 && tensor ? { ...tensor, constant: true } : tensor)),
});
const one = ({ given }) => given('float32', [], [0.01]);
const each = ({ floatsBetween }) => floatsBetween(0.005, 0.02, 24);
const zeros = (values) => [null, values.given('uint8', [], [120]), values.given('uint8', [], [131])];

export const cases = {
  quantized_attention: attend('uint8', 'int8', one, () => []),
  quantized_attention_zeros: attend('uint8', 'uint8', one, zeros),
  quantized_attention_fixed: attend('uint8', 'uint8', one, zeros, { fixed: true }),
  quantized_attention_columns: attend('uint8', 'int8', each, ({ given, integers }) => [
    given('int32', [2], [2, 3]), given('uint8', [], [128]), integers('int8', -9, 10, 24),
  ]),
  quantized_attention_past: attend('uint8', 'int8', one, ({ floats }) => [null, null, null, floats(2, 2, 2, 2, 4)], {
    outputs: ['float32', 'float32'], attributes: { unidirectional: { int: 1 } },
  }),
};
