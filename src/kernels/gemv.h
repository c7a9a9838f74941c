// One row times a matrix that is read where it is.
#pragma once

#include "kernels/gemm.h"

namespace wedge::kernels {

/// gemm() for m == 1, A contiguous, B with row_stride 1, nothing packed: dot products. Needs no scratch.
void gemv_dot(const GemmArguments& arguments, Workers workers);

/// gemm() for m == 1 and B with column_stride 1, nothing packed: the sum of B's rows, each times its element of A.
/// Needs no scratch.
void gemv_rows(const GemmArguments& arguments, Workers workers);

}  // namespace wedge::kernels
