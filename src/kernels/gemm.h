// Matrix product of f32 with fused bias and clamp: C = clamp(alpha * A * B [+ C] + bias). A packed B may have 16 bits
// an element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/function_ref.h"
#include "base/thread_pool.h"

namespace wedge::kernels {

/// Bounds applied to every result; NaN passes. The default does nothing, {0, infinity} is Relu, {0, 6} is Relu6.
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();

  [[nodiscard]] bool active() const {
    return low > -std::numeric_limits<float>::infinity() || high < std::numeric_limits<float>::infinity();
  }
};

inline constexpr Clamp relu_clamp{0.0F, std::numeric_limits<float>::infinity()};

/// Element (i, j) is data[i * row_stride + j * column_stride]; any strides, negative and zero too.
struct MatrixView {
  const float* data = nullptr;
  ptrdiff_t row_stride = 0;
  ptrdiff_t column_stride = 1;
};

/// The same of elements of 16 bits, whatever they mean.
struct HalfMatrixView {
  const uint16_t* data = nullptr;
  ptrdiff_t row_stride = 0;
  ptrdiff_t column_stride = 1;
};

/// What the elements of a packed matrix are.
enum class PackedType : uint8_t { f32, f16, bf16 };

/// Writes rows [k_begin, k_end) and columns [n_begin, n_end) of B as panels: for each group of gemm_panel_width()
/// columns one block of (k_end - k_begin) rows of that many floats, the columns past n_end filled with zeros.
/// n_begin is a multiple of the panel width. Called from several threads at once.
using PanelWriter = FunctionRef<void(size_t k_begin, size_t k_end, size_t n_begin, size_t n_end, float* panels)>;

/// Replaces finished stretches of C's rows by a function of each element, while they are in cache. Called from several
/// threads at once.
using ElementFinish = FunctionRef<void(float* c, size_t count)>;

/// A is m x k, B is k x n, C is m x n.
struct GemmArguments {
  size_t m = 0;
  size_t n = 0;
  size_t k = 0;
  /// Some rows of a product: sums must be those of any other number of rows.
  bool is_part = false;
  /// A: packed_a (from gemm_pack_a) when set, else `a`.
  MatrixView a;
  const std::byte* packed_a = nullptr;
  /// B: packed_b (from gemm_pack_b) when set, else write_b when set, else `b`.
  MatrixView b;
  const std::byte* packed_b = nullptr;
  PackedType packed_b_type = PackedType::f32;
  const PanelWriter* write_b = nullptr;
  /// Rows of n contiguous floats, c_stride apart. C overlaps no input.
  float* c = nullptr;
  ptrdiff_t c_stride = 0;
  float alpha = 1.0F;
  /// m floats, one added to each row; or null.
  const float* row_bias = nullptr;
  /// n floats, one added to each column; or null.
  const float* column_bias = nullptr;
  /// Adds to what C holds instead of overwriting it.
  bool accumulate = false;
  Clamp clamp;
  /// What comes after the clamp; or null.
  const ElementFinish* finish = nullptr;
};

/// Columns per panel of B on this machine.
size_t gemm_panel_width();

/// Packing, once for a matrix that is used often. The layout is this machine's own; buffers are 64-byte aligned. B may
/// be at any alignment.
size_t gemm_packed_a_bytes(size_t m, size_t k);
size_t gemm_packed_b_bytes(size_t k, size_t n);
void gemm_pack_a(const MatrixView& a, size_t m, size_t k, std::byte* packed);
void gemm_pack_b(const MatrixView& b, size_t k, size_t n, std::byte* packed, Workers workers = Workers());
/// As that, the `count` rows from row `first` on alone, which lie one after the other.
void gemm_pack_b_rows(const float* rows, size_t first, size_t count, size_t k, size_t n, std::byte* packed);
/// The matrix that gemm_pack_b() packed: element (i, j) to data[i * row_stride + j * column_stride].
void gemm_unpack_b(const std::byte* packed, size_t k, size_t n, float* data, ptrdiff_t row_stride,
                   ptrdiff_t column_stride);

/// As gemm_pack_b of elements of 16 bits, which become floats on their way into registers.
size_t gemm_packed_half_b_bytes(size_t k, size_t n);
void gemm_pack_half_b(const HalfMatrixView& b, size_t k, size_t n, std::byte* packed, Workers workers = Workers());

/// Bytes of scratch gemm() needs. Looks at sizes, strides and which pointers are set, not at what they point to.
size_t gemm_scratch_bytes(const GemmArguments& arguments, Workers workers);

/// Every element is a sum over k in one order, whatever the number of workers. `scratch` is 64-byte aligned,
/// gemm_scratch_bytes() long and used by this call alone; it may be null when that is 0.
void gemm(const GemmArguments& arguments, std::byte* scratch, Workers workers);

}  // namespace wedge::kernels
