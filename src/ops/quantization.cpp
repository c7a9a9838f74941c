#include "ops/quantization.h"

namespace wedge {
Result<ScaleLayout> blocked_scales(const Shape& shape, const Shape& scales, size_t axis, int64_t block) {
  bool fits = shape.rank() == scales.rank();
  for (size_t i = 0; fits && i < shape.rank(); ++i) {
    const int64_t wanted = i == axis ? shape[i] / block + (shape[i] % block == 0 ? 0 : 1) : shape[i];
    fits = scales[i] == wanted;
  }
  if (!fits) {
    return fail(ErrorCode::invalid_model, "scales ", scales, " do not fit blocks of ", block, " along axis ", axis,
                " of ", shape);
  }
  return ScaleLayout{.split = AxisSplit(shape, axis),
                     .block = block,
                     .blocks = scales[axis],
                     .is_blocked = true,
                     .count = scales.numel()};
}

Result<ScaleLayout> read_scale_layout(const NodeView& node, size_t tensor, size_t scale) {
  const Shape shape = node.shape(tensor).concrete().value_or(Shape{});
  const Shape scales = node.shape(scale).concrete().value_or(Shape{});
  if (scales.rank() == 0 || (scales.rank() == 1 && scales[0] == 1)) {
    return ScaleLayout{.split = AxisSplit(1, 1, shape.numel())};
  }
  WEDGE_ASSIGN(const int64_t wanted, node.attributes().integer("axis", 1));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, shape.rank()));
  WEDGE_ASSIGN(const int64_t block, node.attributes().integer("block_size", 0));
  if (block < 0) return fail(ErrorCode::invalid_model, "attribute 'block_size' is ", block);
  if (block > 0) return blocked_scales(shape, scales, axis, block);
  if (scales.rank() != 1 || scales[0] != shape[axis]) {
    return fail(ErrorCode::invalid_model, "scales ", scales, " are not one for each slice of axis ", axis, " of ",
                shape);
  }
  return ScaleLayout{.split = AxisSplit(shape, axis), .count = scales[0]};
}

kernels::Quantization choose_quantization(std::span<const float> in) {
  const auto [low, high] = kernels::range_f32(in.data(), in.size());
  const float scale = (high - low) / 255;
  // A range without an end has no scale worth the name: its quotients are NaN, which becomes 0.
  uint8_t zero = 0;
  const float lowest = -low;
  if (scale != 0) kernels::quantize_f32(&lowest, scale, 0, &zero, 1);
  return {.scale = scale, .zero = zero};
}

void quantize(std::span<const float> in, kernels::Quantization quantization, uint8_t* out, Workers workers) {
  const float divisor = quantization.scale == 0 ? 1.0F : quantization.scale;
  workers.run(in.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
    kernels::quantize_f32(in.data() + begin, divisor, quantization.zero, out + begin, end - begin);
  });
}

Result<> expect_zero_point(const NodeView& node, size_t scale, size_t zero_point) {
  if (!node.has_input(zero_point)) return {};
  const auto scales = node.shape(scale).concrete();
  const auto zeros = node.shape(zero_point).concrete();
  if (!scales || !zeros || scales->numel() == zeros->numel()) return {};
  return fail(ErrorCode::invalid_model, "scales ", *scales, " and zero points ", *zeros, " are not of one shape");
}

}  // namespace wedge
