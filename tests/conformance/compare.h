// Whether an output is what a test expects, by the rules of ONNX's own runner.
#pragma once

#include "base/result.h"
#include "wedge/tensor.h"

namespace wedge::conformance {

/// Types and shapes must be the same. Floats of 16 bits and more may differ by `absolute` + 1e-3 · |expected|;
/// everything else must be equal, the smaller floats bit by bit.
Result<> compare(const Tensor& actual, const Tensor& expected, double absolute);

/// As compare(), types and shapes only.
Result<> compare_types(const Tensor& actual, const Tensor& expected);

/// The elements of a tensor of numbers or bools, nothing for other types.
std::vector<double> to_doubles(const Tensor& tensor);

}  // namespace wedge::conformance
