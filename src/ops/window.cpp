#include "ops/window.h"

#include <algorithm>
#include <limits>

namespace wedge {
namespace {

// Larger numbers make no sense, and smaller ones multiply without overflow.
constexpr int64_t largest = std::numeric_limits<int32_t>::max();

// A list attribute of `count` numbers in [least, largest], all of them `absent` when there is none.
Result<std::vector<int64_t>> read_list(const NodeView& node, std::string_view name, size_t count, int64_t least,
                                       int64_t absent) {
  if (!node.attributes().has(name)) return std::vector<int64_t>(count, absent);
  WEDGE_ASSIGN(const auto list, node.attributes().integers(name));
  if (list.size() != count) {
    return fail(ErrorCode::invalid_model, name, " must list ", count, " numbers, got ", list.size());
  }
  for (const int64_t number : list) {
    if (number < least || number > largest) {
      return fail(ErrorCode::invalid_model, name, " cannot contain ", number);
    }
  }
  return std::vector<int64_t>(list.begin(), list.end());
}

Result<Window::AutoPad> read_auto_pad(const NodeView& node) {
  WEDGE_ASSIGN(const auto name, node.attributes().string("auto_pad", "NOTSET"));
  if (name == "NOTSET" || name.empty()) return Window::AutoPad::notset;
  if (name == "VALID") return Window::AutoPad::valid;
  if (name == "SAME_UPPER") return Window::AutoPad::same_upper;
  if (name == "SAME_LOWER") return Window::AutoPad::same_lower;
  return fail(ErrorCode::invalid_model, "unknown auto_pad '", name, "'");
}

bool is_same(Window::AutoPad auto_pad) {
  return auto_pad == Window::AutoPad::same_upper || auto_pad == Window::AutoPad::same_lower;
}

Result<kernels::WindowAxis> place(const Window& window, Window::Axis axis, int64_t input) {
  int64_t output = 0;
  if (is_same(window.auto_pad)) {
    output = input / axis.stride + (input % axis.stride == 0 ? 0 : 1);
    const int64_t total = std::max<int64_t>(0, axis.extent() - (input - (output - 1) * axis.stride));
    axis.begin = window.auto_pad == Window::AutoPad::same_upper ? total / 2 : total - total / 2;
    axis.end = total - axis.begin;
  } else {
    const auto padded = checked_add(input, axis.begin + axis.end);
    if (!padded || *padded < axis.extent()) {
      return fail(ErrorCode::invalid_model, "a window of ", axis.extent(), " does not fit in a dimension of ", input,
                  " with pads of ", axis.begin, " and ", axis.end);
    }
    const int64_t room = *padded - axis.extent();
    output = room / axis.stride + 1;
    // A window that begins past the input and the pad before it would see nothing.
    const bool another =
        window.ceil_mode && room % axis.stride != 0 && saturating_mul(output, axis.stride) < input + axis.begin;
    if (another) ++output;
  }
  WEDGE_TRY(expect_addresses(static_cast<double>(input) + static_cast<double>(axis.begin + axis.end + axis.extent())));
  // The stride of a single output counts for nothing.
  if (output <= 1) axis.stride = 1;
  return kernels::WindowAxis{.input = static_cast<size_t>(input),
                             .output = static_cast<size_t>(output),
                             .kernel = static_cast<size_t>(axis.kernel),
                             .stride = static_cast<size_t>(axis.stride),
                             .dilation = static_cast<size_t>(axis.dilation),
                             .pad = static_cast<ptrdiff_t>(axis.begin),
                             .pad_end = static_cast<ptrdiff_t>(axis.end)};
}

bool keeps_size(const Window& window, const Window::Axis& axis) {
  return axis.stride == 1 && (is_same(window.auto_pad) || axis.begin + axis.end == axis.extent() - 1);
}

}  // namespace

Result<Window> read_window(const NodeView& node, size_t rank, std::span<const Dim> weights) {
  Window window;
  WEDGE_ASSIGN(window.auto_pad, read_auto_pad(node));
  WEDGE_ASSIGN(window.ceil_mode, node.attributes().flag("ceil_mode", false));
  const bool has_kernel = node.attributes().has("kernel_shape");
  if (!has_kernel && weights.empty() && rank != 0) return fail(ErrorCode::invalid_model, "kernel_shape is required");
  WEDGE_ASSIGN(const auto kernel, read_list(node, "kernel_shape", rank, 1, 1));
  WEDGE_ASSIGN(const auto strides, read_list(node, "strides", rank, 1, 1));
  WEDGE_ASSIGN(const auto dilations, read_list(node, "dilations", rank, 1, 1));
  WEDGE_ASSIGN(const auto pads, read_list(node, "pads", 2 * rank, 0, 0));
  for (size_t i = 0; i < rank; ++i) {
    Window::Axis axis{.kernel = kernel[i], .stride = strides[i], .dilation = dilations[i]};
    if (window.auto_pad == Window::AutoPad::notset) {
      axis.begin = pads[i];
      axis.end = pads[rank + i];
    }
    if (!weights.empty() && weights[i].is_known()) {
      const int64_t size = weights[i].value();
      if (size < 1 || size > largest || (has_kernel && size != axis.kernel)) {
        return fail(ErrorCode::invalid_model, "weights have a spatial dimension of ", size, ", kernel_shape says ",
                    axis.kernel);
      }
      axis.kernel = size;
    }
    window.axes.push_back(axis);
  }
  return window;
}

Result<std::vector<kernels::WindowAxis>> place_window(const Window& window, std::span<const int64_t> input) {
  std::vector<kernels::WindowAxis> axes;
  for (size_t i = 0; i < input.size(); ++i) {
    WEDGE_ASSIGN(const auto axis, place(window, window.axes[i], input[i]));
    axes.push_back(axis);
  }
  return axes;
}

double padded_elements(std::span<const kernels::WindowAxis> axes, double planes) {
  for (const auto& axis : axes)
    planes *= static_cast<double>(axis.input) + static_cast<double>(axis.pad + axis.pad_end);
  return planes;
}

bool suits_fast_kernels(std::span<const kernels::WindowAxis> axes, double planes) {
  if (axes.empty() || axes.size() > 2 || padded_elements(axes, planes) > most_padded_elements) return false;
  // What kernels keep of a plane: as many rows as a window sees, cut by the stride into phases.
  constexpr int64_t largest_scratch = std::min(int64_t{1} << 32, static_cast<int64_t>(most_padded_elements / 32));
  int64_t elements = 1;
  for (const auto& axis : axes) {
    const auto extent = static_cast<int64_t>((axis.kernel - 1) * axis.dilation + 1);
    const auto width = saturating_add(static_cast<int64_t>(axis.output), extent);
    const bool inner = &axis == &axes.back();
    elements = saturating_mul(elements, inner ? saturating_mul(width, static_cast<int64_t>(axis.stride)) : extent);
  }
  return elements <= largest_scratch;
}

bool always_sees_input(const kernels::WindowAxis& axis) {
  const auto pad = static_cast<size_t>(axis.pad);
  return pad <= (axis.kernel - 1) * axis.dilation && (axis.output - 1) * axis.stride < axis.input + pad &&
         (pad == 0 || axis.dilation <= axis.input);
}

Result<std::vector<Dim>> window_outputs(const Window& window, std::span<const Dim> input) {
  std::vector<Dim> outputs;
  for (size_t i = 0; i < input.size(); ++i) {
    if (input[i].is_known()) {
      WEDGE_ASSIGN(const auto axis, place(window, window.axes[i], input[i].value()));
      outputs.emplace_back(static_cast<int64_t>(axis.output));
    } else {
      outputs.push_back(keeps_size(window, window.axes[i]) ? input[i] : Dim::unknown());
    }
  }
  return outputs;
}

}  // namespace wedge
