// Strings that a kernel makes.
#pragma once

#include <string>
#include <vector>

#include "ops/operator.h"

namespace wedge {

/// Makes copies of the words output i.
template <typename Word>
Result<> set_strings(RunContext& run, size_t i, const std::vector<Word>& words, const Shape& shape) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  WEDGE_ASSIGN(Tensor out, Tensor::from(std::span<const std::string_view>(views), shape));
  run.set_output(i, std::move(out));
  return {};
}

}  // namespace wedge
