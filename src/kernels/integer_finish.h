// From sums of products of bytes as they are taken, of unsigned A and signed B, to the result of integer_gemm().
#pragma once

#include "kernels/integer_tile.h"

namespace wedge::kernels {

/// Sets for each column what its sums begin with and its zero point as a signed byte's; columns from n to
/// `padded_columns` begin with 0. True when there are zero points, so that rows of A need sums.
bool set_integer_columns(const IntegerProduct& product, size_t padded_columns, int32_t* offsets, int32_t* zeros);

/// The sums of rows of A over taps and depth; `pixels` are as IntegerRows sets them.
void sum_integer_rows(const IntegerProduct& product, size_t rows, const std::byte* const* pixels, int32_t* sums);

void finish_integer_tile(const IntegerFinish& finish);

}  // namespace wedge::kernels
