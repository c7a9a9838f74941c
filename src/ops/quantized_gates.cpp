#include "ops/quantized_gates.h"

#include "ops/quantization.h"
#include "ops/zero_points.h"

namespace wedge {

Result<QuantizedGates> QuantizedGates::prepare(PrepareContext& context, const Roles& roles, size_t most_rows) {
  QuantizedGates gates;
  const Shape shape = context.input_shape(roles.weights);
  gates.roles_ = roles;
  gates.directions_ = static_cast<size_t>(shape[0]);
  gates.k_ = static_cast<size_t>(shape[1]);
  gates.columns_ = static_cast<size_t>(shape[2]);
  gates.is_signed_ = context.dtype(roles.weights) == DType::i8;
  for (const size_t input : {roles.scale, roles.zero}) {
    const int64_t count = context.input_shape(input).numel();
    if (count == shape[0] || count == shape[0] * shape[2]) continue;
    return fail(ErrorCode::invalid_model, "input ", input, " of shape ", context.input_shape(input),
                " does not fit weights of shape ", shape);
  }
  const size_t bytes = saturating_bytes(gates.directions_, gates.direction_bytes());
  WEDGE_ASSIGN(gates.constant_, context.pack(roles.weights, "integer gates", bytes, [&](std::byte* packed) {
    gates.pack_all(TensorRef(*context.constant(roles.weights)).data, packed);
  }));
  if (gates.constant_ == nullptr) gates.packed_ = context.scratch(bytes);
  gates.quantized_ = context.scratch(most_rows, gates.k_);
  gates.scales_ = context.scratch(gates.columns_, sizeof(float));
  gates.zeros_ = context.scratch(gates.columns_, sizeof(int32_t));
  gates.product_ = context.scratch(kernels::integer_scratch_bytes(gates.product(most_rows), context.workers()));
  return gates;
}

kernels::IntegerProduct QuantizedGates::product(size_t rows) const {
  kernels::IntegerProduct product{.m = rows, .n = columns_, .depth = k_, .b_is_signed = is_signed_, .clamp = {}};
  product.result = kernels::IntegerResult::floats;
  product.c_stride = columns_;
  return product;
}

void QuantizedGates::pack_all(const std::byte* weights, std::byte* packed) const {
  for (size_t direction = 0; direction < directions_; ++direction) {
    kernels::integer_pack({.data = weights + direction * k_ * columns_,
                           .is_signed = is_signed_,
                           .depth = k_,
                           .n = columns_,
                           .row_stride = static_cast<ptrdiff_t>(columns_)},
                          packed + direction * direction_bytes());
  }
}

void QuantizedGates::load(const RunContext& run) const {
  if (constant_ == nullptr) pack_all(run.input(roles_.weights).data, run.scratch(packed_));
}

void QuantizedGates::multiply(const RunContext& run, size_t direction, std::span<const float> rows, const float* bias,
                              float* to) const {
  const auto chosen = choose_quantization(rows);
  quantize(rows, chosen, run.scratch<uint8_t>(quantized_), run.workers());
  const auto of_column = [&](size_t input, size_t column) {
    const bool shared = static_cast<size_t>(run.input(input).numel()) == directions_;
    return shared ? direction : direction * columns_ + column;
  };
  auto* scales = run.scratch<float>(scales_);
  auto* zeros = run.scratch<int32_t>(zeros_);
  const Scales weight_scales(run, roles_.scale);
  const ZeroPoints weight_zeros(run, roles_.zero);
  for (size_t j = 0; j < columns_; ++j) {
    scales[j] = chosen.scale * weight_scales[of_column(roles_.scale, j)];
    zeros[j] = weight_zeros[of_column(roles_.zero, j)];
  }
  kernels::IntegerProduct g = product(rows.size() / k_);
  g.a_zero = chosen.zero;
  g.packed_b = (constant_ == nullptr ? run.scratch(packed_) : constant_) + direction * direction_bytes();
  g.b_zeros = zeros;
  g.scales = scales;
  g.float_bias = bias;
  g.c = to;
  kernels::integer_gemm(g, kernels::MatrixRows{run.scratch(quantized_), k_}, run.scratch(product_), run.workers());
}

}  // namespace wedge
