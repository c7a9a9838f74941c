const packed = (dims, bits) => [...dims.slice(0, -1), Math.ceil((dims.at(-1) * bits) / 8)];

// Numbers of these dimensions in bytes, with blocks of 16 along an axis.
const gather = (dims, indices, { bits = 4, axis = dims.length - 1, zeros, type = 'int64', attributes = {} } = {}) => (values) => {
  const { floatsBetween, integers, given } = values;
  const scales = dims.map((dim, i) => (i === axis ? Math.ceil(dim / 16) : dim));
  const inputs = [
    integers('uint8', 0, 256, ...packed(dims, bits)), given(type, indices.dims, indices.data),
    floatsBetween(-1, 1, ...scales), ...(zeros ? [integers('uint8', 0, 256, ...packed(scales, bits))] : []),
  ];
  const sizes = { bits: { int: bits }, block_size: { int: 16 }, quantize_axis: { int: axis } };
  return { op: 'GatherBlockQuantized', attributes: { ...sizes, ...attributes }, inputs };
};
const some = { dims: [2, 2], data: [4, 0, -1, 2] };
const one = { dims: [], data: [3] };

export const cases = {
  gather_block_quantized: gather([5, 32], some),
  gather_block_quantized_zeros: gather([5, 48], some, { zeros: true, type: 'int32' }),
  gather_block_quantized_bytes: gather([5, 32], some, { bits: 8 }),
  gather_block_quantized_bytes_zeros: gather([5, 40], one, { bits: 8, zeros: true }),
  gather_block_quantized_planes: gather([5, 3, 32], some, { zeros: true, attributes: { gather_axis: { int: -3 } } }),
};
