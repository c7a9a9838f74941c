// One row times a matrix whose columns are contiguous: dot products.
#pragma once

#include "kernels/gemm.h"

namespace wedge::kernels {

/// gemm() for m == 1, A contiguous, B with row_stride 1, nothing packed. Needs no scratch.
void gemv_dot(const GemmArguments& arguments, Workers workers);

}  // namespace wedge::kernels
