#include "ops/resize_request.h"

#include <algorithm>
#include <cmath>

namespace wedge {
namespace {

// Input positions: Upsample (X, scales), Resize 10 (X, scales), Resize 11 (X, roi, scales, sizes).
bool is_modern(const NodeView& node) { return node.node().op_type == "Resize" && node.version() >= 11; }

Result<std::optional<std::vector<float>>> read_scales(const NodeView& node) {
  if (is_modern(node)) return node.has_input(2) ? node.numbers(2) : std::vector<float>();
  if (node.has_input(1)) return node.numbers(1);
  WEDGE_ASSIGN(const auto list, node.attributes().numbers("scales"));
  return std::vector<float>(list.begin(), list.end());
}

Result<ResizeRequest::AspectPolicy> read_policy(const NodeView& node) {
  using enum ResizeRequest::AspectPolicy;
  WEDGE_ASSIGN(const auto name, node.attributes().string("keep_aspect_ratio_policy", "stretch"));
  if (name == "stretch") return stretch;
  if (name == "not_larger") return not_larger;
  if (name == "not_smaller") return not_smaller;
  return fail(ErrorCode::invalid_model, "unknown keep_aspect_ratio_policy '", name, "'");
}

template <typename T>
Result<> expect_count(std::string_view name, const std::vector<T>& list, size_t count) {
  if (list.size() == count) return {};
  return fail(ErrorCode::invalid_model, name, " must list ", count, " numbers, got ", list.size());
}

// The scale that keeps the aspect ratio.
double common_scale(const ResizeRequest& request, const Shape& input) {
  const bool smallest = request.policy == ResizeRequest::AspectPolicy::not_larger;
  double result = smallest ? INFINITY : 0;
  for (size_t axis = 0; axis < input.rank(); ++axis) {
    if (!request.chosen[axis] || input[axis] == 0) continue;
    const double scale = static_cast<double>(request.sizes[axis]) / static_cast<double>(input[axis]);
    result = smallest ? std::min(result, scale) : std::max(result, scale);
  }
  return result;
}

// The scale a node gives, as ONNX's shape inference applies it: in single precision.
Result<int64_t> scaled(int64_t dim, float scale, double crop) {
  const double result =
      std::floor(crop == 1 ? static_cast<float>(dim) * scale : static_cast<double>(dim) * crop * scale);
  if (!(result >= 0 && result < 0x1p62)) {
    return fail(ErrorCode::invalid_model, "a dimension of ", dim, " cannot be scaled by ", scale);
  }
  return static_cast<int64_t>(result);
}

Result<ResizeAxis> place(const ResizeRequest& request, const ResizeMode& mode, const Shape& input, size_t axis) {
  ResizeAxis result{.axis = axis, .input = input[axis], .output = input[axis]};
  if (!request.chosen[axis]) return result;
  if (mode.coordinates == CoordinateMode::tf_crop_and_resize) {
    result.crop_begin = request.crop_begin[axis];
    result.crop_end = request.crop_end[axis];
  }
  if (!request.by_size) {
    result.scale_numerator = request.scales[axis];
    WEDGE_ASSIGN(result.output, scaled(result.input, request.scales[axis], result.crop_end - result.crop_begin));
  } else if (request.policy == ResizeRequest::AspectPolicy::stretch) {
    result.output = request.sizes[axis];
    result.scale_numerator = static_cast<double>(result.output);
    result.scale_denominator = static_cast<double>(result.input);
  } else {
    result.scale_numerator = common_scale(request, input);
    const double size = std::floor(result.scale_numerator * static_cast<double>(result.input) + 0.5);
    if (!(size >= 0 && size < 0x1p62)) return fail(ErrorCode::invalid_model, "sizes are too large");
    result.output = static_cast<int64_t>(size);
  }
  if (result.input == 0 && result.output != 0) {
    return fail(ErrorCode::invalid_model, "a dimension of 0 cannot become ", result.output);
  }
  return result;
}

}  // namespace

Result<std::optional<ResizeRequest>> read_resize_request(const NodeView& node, const ResizeMode& mode, size_t rank) {
  WEDGE_ASSIGN(const auto listed_axes, node.attributes().integers("axes"));
  std::vector<size_t> axes;
  if (node.attributes().has("axes")) {
    WEDGE_ASSIGN(axes, resolve_axes(listed_axes, rank));
  } else {
    for (size_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  ResizeRequest request{.chosen = std::vector<bool>(rank, false),
                        .scales = std::vector<float>(rank, 1),
                        .sizes = std::vector<int64_t>(rank, 0),
                        .crop_begin = std::vector<float>(rank, 0),
                        .crop_end = std::vector<float>(rank, 1)};
  WEDGE_ASSIGN(request.policy, read_policy(node));
  for (const size_t axis : axes) request.chosen[axis] = true;

  WEDGE_ASSIGN(const auto scales, read_scales(node));
  if (!scales) return std::nullopt;
  if (!scales->empty()) {
    WEDGE_TRY(expect_count("scales", *scales, axes.size()));
    for (size_t i = 0; i < axes.size(); ++i) {
      const float scale = (*scales)[i];
      if (!(scale > 0 && scale < INFINITY)) return fail(ErrorCode::invalid_model, "a scale cannot be ", scale);
      request.scales[axes[i]] = scale;
    }
  } else {
    request.by_size = true;
    if (!is_modern(node) || !node.has_input(3)) return fail(ErrorCode::invalid_model, "expected scales or sizes");
    WEDGE_ASSIGN(const auto sizes, node.integers(3));
    if (!sizes) return std::nullopt;
    WEDGE_TRY(expect_count("sizes", *sizes, axes.size()));
    for (size_t i = 0; i < axes.size(); ++i) {
      if ((*sizes)[i] < 0) return fail(ErrorCode::invalid_model, "a size cannot be ", (*sizes)[i]);
      request.sizes[axes[i]] = (*sizes)[i];
    }
  }

  if (mode.coordinates != CoordinateMode::tf_crop_and_resize) return request;
  if (!node.has_input(1)) return fail(ErrorCode::invalid_model, "tf_crop_and_resize needs roi");
  WEDGE_ASSIGN(const auto roi, node.numbers(1));
  if (!roi) return std::nullopt;
  WEDGE_TRY(expect_count("roi", *roi, 2 * axes.size()));
  for (size_t i = 0; i < axes.size(); ++i) {
    request.crop_begin[axes[i]] = (*roi)[i];
    request.crop_end[axes[i]] = (*roi)[axes.size() + i];
  }
  return request;
}

Result<std::vector<ResizeAxis>> place_resize(const ResizeRequest& request, const ResizeMode& mode, const Shape& input) {
  std::vector<ResizeAxis> axes;
  for (size_t axis = 0; axis < input.rank(); ++axis) {
    WEDGE_ASSIGN(const ResizeAxis placed, place(request, mode, input, axis));
    axes.push_back(placed);
  }
  return axes;
}

Result<SymbolicShape> resized_shape(const ResizeRequest& request, const ResizeMode& mode, const SymbolicShape& input) {
  SymbolicShape shape = input;
  if (const auto concrete = input.concrete()) {
    WEDGE_ASSIGN(const auto axes, place_resize(request, mode, *concrete));
    for (const ResizeAxis& axis : axes) shape[axis.axis] = axis.output;
    return shape;
  }
  const bool stretch = request.policy == ResizeRequest::AspectPolicy::stretch;
  const bool crops = mode.coordinates == CoordinateMode::tf_crop_and_resize;
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    if (!request.chosen[axis]) continue;
    if (request.by_size && stretch) {
      shape[axis] = request.sizes[axis];
    } else if (request.by_size || crops || request.scales[axis] != 1) {
      if (request.by_size || crops || !shape[axis].is_known()) {
        shape[axis] = Dim::unknown();
      } else {
        WEDGE_ASSIGN(shape[axis], scaled(shape[axis].value(), request.scales[axis], 1));
      }
    }
  }
  return shape;
}

}  // namespace wedge
