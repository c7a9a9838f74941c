#include "session/feeds.h"

#include <algorithm>

#include "base/result.h"
#include "session/describe.h"

namespace wedge {

Result<> FeedCheck::check(std::span<const Tensor> feeds) {
  std::ranges::fill(numbers_, -1);
  for (size_t i = 0; i < feeds.size(); ++i) WEDGE_TRY(check_input(i, feeds[i]));
  return {};
}

Result<> FeedCheck::check_input(size_t index, const Tensor& feed) {
  const Declaration& declared = module_.inputs[index];
  const auto expected = [&] { return to_string(describe(declared, module_.symbols)); };
  if (feed.empty())
    return fail(ErrorCode::invalid_argument, "input '", declared.name, "' is missing; it is ", expected());
  if (feed.dtype() != declared.dtype) {
    return fail(ErrorCode::invalid_argument, "input '", declared.name, "' must be ", expected(), ", got ",
                feed.dtype());
  }
  if (!declared.shape.has_rank()) return {};
  const Shape& shape = feed.shape();
  if (shape.rank() != declared.shape.rank()) {
    return fail(ErrorCode::invalid_argument, "input '", declared.name, "' must be ", expected(), ", got rank ",
                shape.rank(), ": ", shape);
  }
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    const Dim dim = declared.shape[axis];
    if (conflict(dim, shape[axis])) {
      return fail(ErrorCode::invalid_argument, "input '", declared.name, "' must be ", expected(), ", got ", shape);
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
