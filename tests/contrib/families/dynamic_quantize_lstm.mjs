import { constant } from '../values.mjs';

const [steps, input, hidden] = [4, 6, 5];

// Weights are constants, as ONNX Runtime wants them.
const lstm = (type, { direction = 'forward', batch = 1, columns, bias, lengths, states, peepholes, outputs = 1, attributes = {} } = {}) => (values) => {
  const { floats, floatsBetween, integers, given } = values;
  const directions = direction === 'bidirectional' ? 2 : 1;
  const gates = 4 * hidden;
  const each = columns ? [directions, gates] : [directions];
  const range = type === 'int8' ? [-128, 128] : [0, 256];
  const zeros = type === 'int8' ? [0, 1] : [118, 138];
  const weights = (rows) => constant(integers(type, ...range, directions, rows, gates));
  const quantization = () => [constant(floatsBetween(0.002, 0.005, ...each)), constant(integers(type, ...zeros, ...each))];
  const state = () => (states ? floats(directions, batch, hidden) : null);
  return {
    op: 'DynamicQuantizeLSTM',
    attributes: { hidden_size: { int: hidden }, direction, ...attributes },
    inputs: [
      floats(steps, batch, input), weights(input), weights(hidden), bias ? floats(directions, 2 * gates) : null,
      lengths ? given('int32', [batch], lengths) : null, state(), state(),
      peepholes ? floats(directions, 3 * hidden) : null, ...quantization(), ...quantization(),
    ],
    outputs: Array(outputs).fill('float32'),
  };
};

export const cases = {
  dynamic_quantize_lstm: lstm('uint8'),
  dynamic_quantize_lstm_signed: lstm('int8', { bias: true, outputs: 3 }),
  dynamic_quantize_lstm_columns: lstm('int8', { columns: true, bias: true }),
  dynamic_quantize_lstm_reverse: lstm('uint8', { direction: 'reverse', bias: true, outputs: 3 }),
  dynamic_quantize_lstm_both_ways: lstm('uint8', { direction: 'bidirectional', bias: true, outputs: 3 }),
  dynamic_quantize_lstm_states: lstm('int8', { states: true, outputs: 3 }),
  dynamic_quantize_lstm_peepholes: lstm('int8', { peepholes: true, bias: true }),
  dynamic_quantize_lstm_coupled: lstm('int8', { attributes: { input_forget: { int: 1 }, clip: 0.75 } }),
  dynamic_quantize_lstm_activations: lstm('int8', { attributes: { activations: ['HardSigmoid', 'Softsign', 'Relu'] } }),
  dynamic_quantize_lstm_batch: lstm('int8', { batch: 2, bias: true, states: true, outputs: 3 }),
  dynamic_quantize_lstm_lengths: lstm('int8', { batch: 2, lengths: [4, 2], bias: true, outputs: 3 }),
};
