// Tests of random operators: no two implementations draw the same numbers, so their outputs are judged by type, shape
// and distribution.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "wedge/tensor.h"

namespace wedge::conformance {

using RandomCheck = Result<> (*)(std::span<const Tensor> inputs, std::span<const Tensor> actual,
                                 std::span<const Tensor> expected);

/// The check of a test with random outputs, null for all others.
RandomCheck random_check(std::string_view test);

}  // namespace wedge::conformance
