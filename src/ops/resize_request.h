// What a Resize or Upsample node asks for: scales or sizes per axis.
#pragma once

#include <vector>

#include "ops/resize_axis.h"

namespace wedge {

struct ResizeRequest {
  enum class AspectPolicy { stretch, not_larger, not_smaller };

  /// Per axis of the input: a scale, or a size where there are sizes. An axis that is not chosen keeps its size.
  std::vector<bool> chosen;
  std::vector<float> scales;
  std::vector<int64_t> sizes;
  std::vector<float> crop_begin;
  std::vector<float> crop_end;
  AspectPolicy policy = AspectPolicy::stretch;
  bool by_size = false;
};

/// For an input of that rank; nullopt while the inputs that say so are not known.
Result<std::optional<ResizeRequest>> read_resize_request(const NodeView& node, const ResizeMode& mode, size_t rank);

/// The axes of an input of that shape.
Result<std::vector<ResizeAxis>> place_resize(const ResizeRequest& request, const ResizeMode& mode, const Shape& input);

/// The output's dimensions as far as they are known.
Result<SymbolicShape> resized_shape(const ResizeRequest& request, const ResizeMode& mode, const SymbolicShape& input);

}  // namespace wedge
