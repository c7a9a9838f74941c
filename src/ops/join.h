// Tensors put together along an axis while running.
#pragma once

#include <span>

#include "wedge/tensor.h"

namespace wedge {

/// The pieces one after the other along an axis, which is a new one of the result when `new_axis`. They must have one
/// type and agree in all other dimensions; without pieces the result has shape [0]. A negative axis counts from the
/// end of the result. The result owns its memory. Errors: invalid_argument, unsupported, out_of_memory.
Result<Tensor> join(std::span<const Tensor> pieces, DType dtype, int64_t axis, bool new_axis);

}  // namespace wedge
