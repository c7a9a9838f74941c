#include "ops/join.h"

#include <cstring>
#include <utility>

#include "base/result.h"
#include "ops/node_view.h"

namespace wedge {
namespace {

// The shape of a piece as part of the result.
Result<Shape> shape_as_part(const Tensor& piece, size_t axis, bool new_axis) {
  if (!new_axis) return piece.shape();
  Shape shape;
  for (size_t i = 0; i <= piece.rank(); ++i) {
    const int64_t dim = i == axis ? 1 : piece.shape()[i < axis ? i : i - 1];
    if (!shape.push_back(dim)) return fail(ErrorCode::unsupported, "rank ", piece.rank() + 1, " is too high");
  }
  return shape;
}

}  // namespace

Result<Tensor> join(std::span<const Tensor> pieces, DType dtype, int64_t axis, bool new_axis) {
  if (pieces.empty()) return Tensor::allocate(dtype, Shape{0});
  if (byte_width(dtype) == 0) return fail(ErrorCode::unsupported, "elements of type ", dtype, " cannot be joined");
  WEDGE_ASSIGN(const size_t at, resolve_axis(axis, pieces[0].rank() + (new_axis ? 1 : 0)));
  WEDGE_ASSIGN(Shape shape, shape_as_part(pieces[0], at, new_axis));
  int64_t length = 0;
  for (const Tensor& piece : pieces) {
    WEDGE_ASSIGN(Shape part, shape_as_part(piece, at, new_axis));
    const bool same_rank = part.rank() == shape.rank();
    if (same_rank) length += std::exchange(part[at], shape[at]);
    if (!same_rank || part != shape) {
      return fail(ErrorCode::invalid_argument, "cannot join shapes ", pieces[0].shape(), " and ", piece.shape());
    }
  }
  shape[at] = length;
  WEDGE_ASSIGN(Tensor result, Tensor::allocate(dtype, shape));
  if (shape.numel() == 0) return result;
  const auto rows = static_cast<size_t>(shape.numel(0, at));
  const size_t row_bytes = static_cast<size_t>(shape.numel(at, shape.rank())) * byte_width(dtype);
  std::byte* target = result.mutable_bytes().data();
  for (const Tensor& piece : pieces) {
    const size_t bytes = piece.bytes().size() / rows;
    if (bytes == 0) continue;
    for (size_t row = 0; row < rows; ++row) std::memcpy(target + row * row_bytes, piece.data() + row * bytes, bytes);
    target += bytes;
  }
  // Joined strings still point into the pieces.
  return dtype == DType::string ? result.clone() : result;
}

}  // namespace wedge
