#include "session/feeds.h"

#include <algorithm>

#include "base/result.h"
#include "session/describe.h"

namespace wedge {

Result<> FeedCheck::check(std::span<const Tensor> feeds) {
  std::ranges::fill(numbers_, -1);
  for (size_t i = 0; i < feeds.size(); ++i) {
    WEDGE_TRY(check_type(i, feeds[i]));
    WEDGE_TRY(check_shape(i, feeds[i].shape()));
  }
  return {};
}

Result<> FeedCheck::check(std::span<const Shape> shapes) {
  std::ranges::fill(numbers_, -1);
  for (size_t i = 0; i < shapes.size(); ++i) WEDGE_TRY(check_shape(i, shapes[i]));
  return {};
}

std::string FeedCheck::expected(size_t index) const {
  return to_string(describe(module_.inputs[index], module_.symbols));
}

Result<> FeedCheck::check_type(size_t index, const Tensor& feed) const {
  const Declaration& declared = module_.inputs[index];
  if (feed.empty()) {
    return fail(ErrorCode::invalid_argument, "input '", declared.name, "' is missing; it is ", expected(index));
  }
  if (feed.dtype() != declared.dtype) {
    return fail(ErrorCode::invalid_argument, "input '", declared.name, "' must be ", expected(index), ", got ",
                feed.dtype());
  }
  return {};
}

Result<> FeedCheck::check_shape(size_t index, const Shape& shape) {
  const Declaration& declared = module_.inputs[index];
  if (!declared.shape.has_rank()) return {};
  if (shape.rank() != declared.shape.rank()) {
    return fail(ErrorCode::invalid_argument, "input '", declared.name, "' must be ", expected(index), ", got rank ",
                shape.rank(), ": ", shape);
  }
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    const Dim dim = declared.shape[axis];
    if (conflict(dim, shape[axis])) {
      return fail(ErrorCode::invalid_argument, "input '", declared.name, "' must be ", expected(index), ", got ",
                  shape);
    }
    if (!dim.is_symbol()) continue;
    const auto symbol = static_cast<size_t>(dim.symbol());
    if (numbers_[symbol] < 0) {
      numbers_[symbol] = shape[axis];
      givers_[symbol] = index;
    } else if (numbers_[symbol] != shape[axis]) {
      return fail(ErrorCode::invalid_argument, "dimension '", module_.symbols[symbol], "' is ", shape[axis],
                  " in input '", declared.name, "' but ", numbers_[symbol], " in input '",
                  module_.inputs[givers_[symbol]].name, "'");
    }
  }
  return {};
}

}  // namespace wedge
