// The geometry of a window that slides over spatial axes, as convolution and pooling write it in their attributes.
#pragma once

#include <limits>
#include <vector>

#include "kernels/window.h"
#include "ops/node_view.h"

namespace wedge {

struct Window {
  enum class AutoPad { notset, valid, same_upper, same_lower };

  /// Along one axis.
  struct Axis {
    int64_t kernel = 1;
    int64_t stride = 1;
    int64_t dilation = 1;
    int64_t begin = 0;  ///< pads
    int64_t end = 0;

    /// From the first to the last element it sees.
    [[nodiscard]] int64_t extent() const { return (kernel - 1) * dilation + 1; }
  };

  std::vector<Axis> axes;
  AutoPad auto_pad = AutoPad::notset;
  bool ceil_mode = false;
};

/// What a padded input may have, so that kernels count bytes of it, and a little beyond, in numbers of the machine's
/// size.
inline constexpr auto most_padded_elements = static_cast<double>(std::numeric_limits<size_t>::max()) / 16;
/// Error: out_of_range when there are more.
inline Result<> expect_addresses(double padded) {
  if (padded <= most_padded_elements) return {};
  return fail(ErrorCode::out_of_range, "a window exceeds the address space");
}

/// The attributes kernel_shape, strides, dilations, pads, auto_pad and ceil_mode for `rank` spatial axes. Every number
/// is small enough for the arithmetic here not to overflow. `weights`: the spatial dimensions of the weights, which
/// stand in for kernel_shape and must agree with it; without weights kernel_shape is required.
Result<Window> read_window(const NodeView& node, size_t rank, std::span<const Dim> weights = {});

/// The window over these spatial dimensions, with the pads that auto_pad asks for. Error: it does not fit.
Result<std::vector<kernels::WindowAxis>> place_window(const Window& window, std::span<const int64_t> input);

/// Of so many planes with their pads; floating, since the product may be of any size.
double padded_elements(std::span<const kernels::WindowAxis> axes, double planes);

/// One or two axes whose window is not so large that a kernel's scratch would be out of proportion, or overflow.
bool suits_fast_kernels(std::span<const kernels::WindowAxis> axes, double planes = 1);

/// No window lies wholly in the pads; may also be false for windows with dilations where that is so.
bool always_sees_input(const kernels::WindowAxis& axis);

/// The spatial dimensions of the output as far as they are known.
Result<std::vector<Dim>> window_outputs(const Window& window, std::span<const Dim> input);

}  // namespace wedge
