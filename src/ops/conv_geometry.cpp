#include "ops/conv_geometry.h"

#include <algorithm>

#include "kernels/reference_conv.h"
#include "tensor/visit.h"

namespace wedge {

Result<int64_t> conv_groups(const NodeView& node, Dim channels) {
  WEDGE_ASSIGN(const int64_t groups, node.attributes().integer("group", 1));
  if (groups < 1) return fail(ErrorCode::invalid_model, "group cannot be ", groups);
  if (channels.is_known() && channels.value() % groups != 0) {
    return fail(ErrorCode::invalid_model, "group ", groups, " does not divide ", channels.value(), " channels");
  }
  return groups;
}

Result<> expect_conv_inputs(const NodeView& node) {
  WEDGE_TRY(node.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(node.expect_same_dtype(0, 1));
  WEDGE_TRY(node.expect_same_dtype(0, 2));
  WEDGE_TRY(node.expect_rank(0, 3, Shape::max_rank));
  WEDGE_TRY(node.expect_rank(1, 3, Shape::max_rank));
  WEDGE_TRY(node.expect_rank(2, 1, 1));
  const SymbolicShape& input = node.shape(0);
  const SymbolicShape& weights = node.shape(1);
  if (input.has_rank() && weights.has_rank() && input.rank() != weights.rank()) {
    return fail(ErrorCode::invalid_model, "input of shape ", input, " and weights of shape ", weights,
                " must have the same rank");
  }
  return {};
}

Result<> expect_bias(const NodeView& node, Dim output_channels) {
  if (!node.has_input(2) || !node.shape(2).has_rank() || !conflict(node.shape(2)[0], output_channels)) return {};
  return fail(ErrorCode::invalid_model, "a bias of shape ", node.shape(2), " does not fit ", output_channels.value(),
              " output channels");
}

Result<std::optional<Window>> read_conv_window(const NodeView& node) {
  const bool has_kernel = node.attributes().has("kernel_shape");
  const SymbolicShape& weights = node.shape(1);
  if (!weights.has_rank()) {
    if (!has_kernel || !node.shape(0).has_rank()) return std::nullopt;
    return read_window(node, node.shape(0).rank() - 2);
  }
  const auto spatial = weights.dims().subspan(2);
  if (!has_kernel && !std::ranges::all_of(spatial, &Dim::is_known)) return std::nullopt;
  return read_window(node, spatial.size(), spatial);
}

Result<Kernel> prepare_reference_conv(PrepareContext& context, ConvDirection direction, ConvGeometry geometry) {
  Kernel kernel;
  const bool known = visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = [direction, geometry = std::move(geometry)](RunContext& run) -> Result<> {
      const T* bias = run.has_input(2) ? run.input<T>(2).data() : nullptr;
      const auto convolve = direction == ConvDirection::forward ? reference::conv<T, ArithmeticType<T>>
                                                                : reference::conv_transpose<T, ArithmeticType<T>>;
      convolve(geometry.batch, geometry.channels, geometry.output_channels, geometry.groups, geometry.axes,
               run.input<T>(0).data(), run.input<T>(1).data(), bias, run.output<T>(0).data());
      return {};
    };
  });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace wedge
