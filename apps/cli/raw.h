// Tensors from the bytes of files, which may hold anything.
#pragma once

#include <span>

#include "wedge/tensor.h"

namespace wedge::cli {

/// A copy of raw little-endian elements. Errors: unsupported for strings; invalid_argument when the size is not what
/// dtype and shape ask for, or a bool is neither 0 nor 1.
Result<Tensor> tensor_from_bytes(DType dtype, std::span<const std::byte> bytes, const Shape& shape);

}  // namespace wedge::cli
