#include "ops/constant_matrix.h"

#include <algorithm>

#include "kernels/gemm.h"

namespace wedge {
namespace {

constexpr size_t most_piece_bytes = size_t{4} << 20U;

constexpr std::string_view form_name(bool is_transposed) { return is_transposed ? "gemm transposed b" : "gemm b"; }

class MatrixForm final : public WeightForm {
 public:
  MatrixForm(std::string_view name, const Shape& shape, bool is_transposed)
      : name_(name), shape_(shape), is_transposed_(is_transposed) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Shape shape() const override { return shape_; }
  [[nodiscard]] size_t element_bytes() const override { return static_cast<size_t>(shape_[0]) * row_bytes(); }
  [[nodiscard]] size_t bytes() const override { return kernels::gemm_packed_b_bytes(k(), n()); }
  [[nodiscard]] size_t piece_bytes() const override { return rows_at_once() * row_bytes(); }

  void pack(std::span<const std::byte> piece, size_t at, std::byte* packed) const override {
    const auto* rows = reinterpret_cast<const float*>(piece.data());
    const size_t first = at / row_bytes();
    const size_t count = piece.size() / row_bytes();
    if (is_transposed_) {
      kernels::gemm_pack_b({rows, 1, static_cast<ptrdiff_t>(k())}, k(), count,
                           packed + kernels::gemm_packed_b_bytes(k(), first));
    } else {
      kernels::gemm_pack_b_rows(rows, first, count, k(), n(), packed);
    }
  }

  void unpack(const std::byte* packed, std::byte* elements) const override {
    const ptrdiff_t row = row_bytes() / sizeof(float);
    kernels::gemm_unpack_b(packed, k(), n(), reinterpret_cast<float*>(elements), is_transposed_ ? 1 : row,
                           is_transposed_ ? row : 1);
  }

 private:
  [[nodiscard]] size_t k() const { return static_cast<size_t>(shape_[is_transposed_ ? 1 : 0]); }
  [[nodiscard]] size_t n() const { return static_cast<size_t>(shape_[is_transposed_ ? 0 : 1]); }
  [[nodiscard]] size_t row_bytes() const { return static_cast<size_t>(shape_[1]) * sizeof(float); }
  // Rows of the tensor, which are columns of a transposed matrix: whole panels of these, of those what fills lines of
  // the cache, unless they are very long. As many as stay in the second-level cache, since whoever brings them is asked
  // for each piece.
  [[nodiscard]] size_t rows_at_once() const {
    constexpr size_t rows_of_lines = 16;
    constexpr size_t cached_bytes = size_t{256} << 10U;
    const size_t least = is_transposed_ ? kernels::gemm_panel_width()
                                        : std::clamp<size_t>(most_piece_bytes / row_bytes(), 1, rows_of_lines);
    return least * std::max<size_t>(1, cached_bytes / (least * row_bytes()));
  }

  std::string_view name_;
  Shape shape_;
  bool is_transposed_;
};

}  // namespace

std::unique_ptr<const WeightForm> matrix_form(const Shape& shape, bool is_transposed, std::string_view name) {
  // A form takes at most twice its elements' bytes then, and so does a panel.
  const auto elements = checked_byte_size(DType::f32, shape);
  if (!elements || *elements > SIZE_MAX / 4 || shape.rank() < 2) return nullptr;
  const auto columns = static_cast<size_t>(shape[is_transposed ? 0 : 1]);
  if (*elements == 0 || shape.numel() != shape[0] * shape[1] || columns < kernels::gemm_panel_width() / 2)
    return nullptr;
  auto form = std::make_unique<const MatrixForm>(name.empty() ? form_name(is_transposed) : name, shape, is_transposed);
  return form->piece_bytes() > most_piece_bytes ? nullptr : std::move(form);
}

Result<const std::byte*> pack_matrix(PrepareContext& context, size_t input, const ConstantMatrix& matrix) {
  const auto [k, n, row_stride, column_stride] = matrix;
  const auto pack = [&](const std::byte* elements, std::byte* packed) {
    const auto* b = reinterpret_cast<const float*>(elements);
    kernels::gemm_pack_b({b, row_stride, column_stride}, k, n, packed, context.workers());
  };
  WEDGE_ASSIGN(const std::byte* packed,
               context.pack_unaligned(input, form_name(column_stride != 1), kernels::gemm_packed_b_bytes(k, n), pack));
  context.unpacks(input, packed, [matrix](const std::byte* from, std::byte* to) {
    kernels::gemm_unpack_b(from, matrix.k, matrix.n, reinterpret_cast<float*>(to), matrix.row_stride,
                           matrix.column_stride);
  });
  return packed;
}

}  // namespace wedge
