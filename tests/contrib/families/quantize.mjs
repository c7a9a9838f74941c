const whole = { uint8: [0, 256], int8: [-128, 128], uint16: [0, 65536], int16: [-32768, 32768], int32: [-1000, 1000] };

const quantize = (type, axis, zeros = true) => ({ floats, floatsBetween, integers }) => {
  const each = axis === undefined ? [] : [3];
  return {
    op: 'QuantizeLinear', outputs: [type], attributes: axis === undefined ? {} : { axis: { int: axis } },
    inputs: [floats(2, 3, 4), floatsBetween(0.01, 0.03, ...each), ...(zeros ? [integers(type, 0, 100, ...each)] : [])],
  };
};

const dequantize = (type, axis, zeros = true) => ({ floatsBetween, integers }) => {
  const each = axis === undefined ? [] : [3];
  return {
    op: 'DequantizeLinear', attributes: axis === undefined ? {} : { axis: { int: axis } },
    inputs: [
      integers(type, ...whole[type], 2, 3, 4), floatsBetween(0.01, 0.03, ...each),
      ...(zeros ? [integers(type, 0, 100, ...each)] : []),
    ],
  };
};

export const cases = {
  quantize_uint8: quantize('uint8'),
  quantize_int8_columns: quantize('int8', 1),
  quantize_uint16: quantize('uint16'),
  quantize_int16_columns: quantize('int16', -2),
  quantize_without_zero: quantize('uint8', undefined, false),
  dequantize_uint8: dequantize('uint8'),
  dequantize_int8_columns: dequantize('int8', 1),
  dequantize_uint16: dequantize('uint16'),
  dequantize_int16_columns: dequantize('int16', -2),
  dequantize_int32: dequantize('int32', undefined, false),
};
