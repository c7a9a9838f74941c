// The same mathematics as the fast kernels, written to be obviously right: what those are tested against, and what
// operators use for rare types and shapes.
#pragma once

#include <cstddef>

namespace wedge::reference {

/// C (m x n, rows c_stride apart) = alpha * A * B, plus C when `accumulate`. Element (i, p) of A is
/// a[i * a_row_stride + p * a_column_stride]; B likewise. Sums are kept as Accumulator.
template <typename T, typename Accumulator = T>
void gemm(size_t m, size_t n, size_t k, const T* a, ptrdiff_t a_row_stride, ptrdiff_t a_column_stride, const T* b,
          ptrdiff_t b_row_stride, ptrdiff_t b_column_stride, T* c, ptrdiff_t c_stride,
          Accumulator alpha = Accumulator(1), bool accumulate = false) {
  const auto at = [](size_t row, ptrdiff_t row_stride, size_t column, ptrdiff_t column_stride) {
    return static_cast<ptrdiff_t>(row) * row_stride + static_cast<ptrdiff_t>(column) * column_stride;
  };
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      auto sum = Accumulator(0);
      for (size_t p = 0; p < k; ++p) {
        sum += static_cast<Accumulator>(a[at(i, a_row_stride, p, a_column_stride)]) *
               static_cast<Accumulator>(b[at(p, b_row_stride, j, b_column_stride)]);
      }
      sum *= alpha;
      T& result = c[at(i, c_stride, j, 1)];
      if (accumulate) sum += static_cast<Accumulator>(result);
      result = static_cast<T>(sum);
    }
  }
}

}  // namespace wedge::reference
