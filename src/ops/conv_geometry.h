// What Conv and ConvTranspose share: their operands as the kernels want them.
#pragma once

#include <vector>

#include "kernels/conv.h"
#include "ops/operator.h"
#include "ops/window.h"

namespace wedge {

struct ConvGeometry {
  size_t batch = 1;
  size_t channels = 1;
  size_t output_channels = 1;
  size_t groups = 1;
  std::vector<kernels::WindowAxis> axes;

  /// The same with a height of 1 where there is one axis; for one or two axes.
  [[nodiscard]] kernels::Conv2d two_dimensional() const {
    return {.batch = batch,
            .channels = channels,
            .output_channels = output_channels,
            .groups = groups,
            .height = axes.size() == 2 ? axes[0] : kernels::WindowAxis{},
            .width = axes.back()};
  }
  /// Multiplications and additions of a convolution. A transposed one has `input` and `output` exchanged.
  [[nodiscard]] double operations(size_t kernels::WindowAxis::* positions = &kernels::WindowAxis::output) const {
    double sums = static_cast<double>(batch) * static_cast<double>(channels) * static_cast<double>(output_channels) /
                  static_cast<double>(groups);
    for (const auto& axis : axes) sums *= static_cast<double>(axis.*positions) * static_cast<double>(axis.kernel);
    return 2 * sums;
  }
  /// Tells forms of packed weights apart.
  [[nodiscard]] std::string form(std::string_view kernel) const {
    std::string name = text(kernel, " groups ", groups);
    for (const auto& axis : axes) name += text(" stride ", axis.stride, " dilation ", axis.dilation);
    return name;
  }
};

/// The attribute `group`, which divides the number of channels. Error: it does not.
Result<int64_t> conv_groups(const NodeView& node, Dim channels);

/// Which inputs the weights and the bias are.
struct ConvOperands {
  size_t weights = 1;
  size_t bias = 2;
};

/// The rules of types and ranks of convolutions of floats.
Result<> expect_conv_inputs(const NodeView& node);

/// The bias must hold one number per output channel.
Result<> expect_bias(const NodeView& node, Dim output_channels, size_t bias = 2);

/// The window, or nullopt when neither the weights' shape nor kernel_shape says yet how large it is.
Result<std::optional<Window>> read_conv_window(const NodeView& node, size_t weights = 1);

/// Output 0 has this type and the shape of the convolution of input 0.
Result<> infer_conv(InferContext& context, DType dtype, ConvOperands operands = {});
Result<ConvGeometry> read_conv_geometry(const PrepareContext& context, ConvOperands operands = {});

/// A convolution that the fast kernels do not cover (three axes, other types than f32), by the plain loop.
enum class ConvDirection { forward, transposed };
Result<Kernel> prepare_reference_conv(PrepareContext& context, ConvDirection direction, ConvGeometry geometry);

}  // namespace wedge
