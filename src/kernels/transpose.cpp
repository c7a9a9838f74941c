#include "kernels/transpose.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/built_in.h"
#include "base/seldom.h"
#include "kernels/interleave.h"

namespace wedge::kernels {
namespace {

// The output's axes, each with its stride in the input. Axes of one element are dropped, and neighbours that are
// neighbours in the input too are merged, so most permutations end with two or three axes.
struct OutputAxes {
  std::array<size_t, transpose_max_rank> size{};
  std::array<size_t, transpose_max_rank> stride{};
  size_t rank = 0;

  OutputAxes(std::span<const size_t> dims, std::span<const size_t> permutation) {
    std::array<size_t, transpose_max_rank> input_stride{};
    size_t step = 1;
    for (size_t i = dims.size(); i-- > 0;) {
      input_stride[i] = step;
      step *= dims[i];
    }
    for (const size_t axis : permutation) add(dims[axis], input_stride[axis]);
  }

 private:
  void add(size_t axis_size, size_t axis_stride) {
    if (axis_size == 1) return;
    if (rank > 0 && stride[rank - 1] == axis_stride * axis_size) {
      size[rank - 1] *= axis_size;
      stride[rank - 1] = axis_stride;
    } else {
      size[rank] = axis_size;
      stride[rank++] = axis_stride;
    }
  }
};

struct alignas(8) Bytes16 {
  uint64_t low, high;
};

// to[r * to_stride + c] = from[c * from_stride + r]: in square blocks, so that each cache line fetched is used whole.
template <typename T>
void transpose_matrix(const T* from, size_t from_stride, T* to, size_t to_stride, size_t rows, size_t columns) {
  if constexpr (sizeof(T) <= 4) {
    if (to_stride == columns && columns <= most_interleaved) {
      return interleave(from, from_stride, columns, rows, to);
    }
  }
  constexpr size_t block = 64 / sizeof(T) < 8 ? 8 : 64 / sizeof(T);
  for (size_t r0 = 0; r0 < rows; r0 += block) {
    const size_t r1 = std::min(rows, r0 + block);
    for (size_t c0 = 0; c0 < columns; c0 += block) {
      const size_t c1 = std::min(columns, c0 + block);
      for (size_t r = r0; r < r1; ++r) {
        for (size_t c = c0; c < c1; ++c) to[r * to_stride + c] = from[c * from_stride + r];
      }
    }
  }
}

// The innermost loops run over the output's last axis and, when that is not contiguous in the input, over the axis
// that is: a plain matrix transposition. All other axes are counted through outside.
template <typename T>
class Transposer {
 public:
  Transposer(const OutputAxes& axes, const T* in, T* out) : axes_(axes), in_(in), out_(out) {
    last_ = axes.rank - 1;
    contiguous_ = static_cast<size_t>(std::find(axes.stride.begin(), axes.stride.begin() + axes.rank, size_t{1}) -
                                      axes.stride.begin());
    size_t step = 1;
    for (size_t i = axes.rank; i-- > 0;) {
      output_stride_[i] = step;
      step *= axes.size[i];
    }
    for (size_t i = 0; i < axes.rank; ++i) {
      if (i != last_ && i != contiguous_) outer_ *= axes.size[i];
    }
  }

  [[nodiscard]] size_t outer() const { return outer_; }
  [[nodiscard]] size_t matrix_rows() const { return contiguous_ == last_ ? 1 : axes_.size[contiguous_]; }

  void run(size_t outer, size_t row_begin, size_t row_end) const {
    size_t from = 0;
    size_t to = 0;
    for (size_t i = axes_.rank; i-- > 0;) {
      if (i == last_ || i == contiguous_) continue;
      from += outer % axes_.size[i] * axes_.stride[i];
      to += outer % axes_.size[i] * output_stride_[i];
      outer /= axes_.size[i];
    }
    if (contiguous_ == last_) {
      std::memcpy(out_ + to, in_ + from, axes_.size[last_] * sizeof(T));
      return;
    }
    const size_t row_stride = output_stride_[contiguous_];
    transpose_matrix(in_ + from + row_begin, axes_.stride[last_], out_ + to + row_begin * row_stride, row_stride,
                     row_end - row_begin, axes_.size[last_]);
  }

 private:
  const OutputAxes& axes_;
  const T* in_;
  T* out_;
  size_t last_;
  size_t contiguous_;
  size_t outer_ = 1;
  std::array<size_t, transpose_max_rank> output_stride_{};
};

template <typename T>
WEDGE_SELDOM void transpose_elements(const OutputAxes& axes, const std::byte* in, std::byte* out, Workers workers) {
  if constexpr (!built_in::has_width(sizeof(T))) return;
  const Transposer<T> transposer(axes, reinterpret_cast<const T*>(in), reinterpret_cast<T*>(out));
  // A strip of rows is the unit of work; whole matrices alone would leave threads idle when there is only one.
  const size_t strip = axes.size[axes.rank - 1] <= most_interleaved ? 1024 : 64;
  const size_t rows = transposer.matrix_rows();
  const size_t strips = (rows + strip - 1) / strip;
  const size_t strip_elements = std::min(rows, strip) * axes.size[axes.rank - 1];
  workers.run(transposer.outer() * strips, 1 + 16384 / strip_elements, [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      const size_t row = i % strips * strip;
      transposer.run(i / strips, row, std::min(rows, row + strip));
    }
  });
}

}  // namespace

void transpose(std::span<const size_t> dims, std::span<const size_t> permutation, size_t element_size,
               const std::byte* in, std::byte* out, Workers workers) {
  if (std::ranges::find(dims, size_t{0}) != dims.end()) return;
  const OutputAxes axes(dims, permutation);
  if (axes.rank == 0) {
    std::memcpy(out, in, element_size);
    return;
  }
  switch (element_size) {
    case 1: return transpose_elements<uint8_t>(axes, in, out, workers);
    case 2: return transpose_elements<uint16_t>(axes, in, out, workers);
    case 4: return transpose_elements<uint32_t>(axes, in, out, workers);
    case 8: return transpose_elements<uint64_t>(axes, in, out, workers);
    case 16: return transpose_elements<Bytes16>(axes, in, out, workers);
    default: return;
  }
}

}  // namespace wedge::kernels
