#include "ops/broadcast.h"

namespace wedge {

Result<SymbolicShape> broadcast_shapes(const SymbolicShape& a, const SymbolicShape& b) {
  if (!a.has_rank() || !b.has_rank()) return SymbolicShape();
  const size_t rank = std::max(a.rank(), b.rank());
  SymbolicShape result = SymbolicShape::of_rank(rank);
  for (size_t i = 1; i <= rank; ++i) {
    const Dim left = i <= a.rank() ? a[a.rank() - i] : Dim(1);
    const Dim right = i <= b.rank() ? b[b.rank() - i] : Dim(1);
    Dim& made = result[rank - i];
    if (left.is(1) || same(left, right)) {
      made = right;
    } else if (right.is(1)) {
      made = left;
    } else if (conflict(left, right)) {
      return fail(ErrorCode::invalid_model, "shapes ", a, " and ", b, " do not broadcast");
    } else {
      // One of them is not known yet; a known one above 1 decides.
      made = left.is_known() ? left : right.is_known() ? right : Dim::unknown();
    }
  }
  return result;
}

Result<SymbolicShape> second_operand(const NodeView& node, std::optional<int64_t> old_axis) {
  constexpr int64_t first_with_broadcasting = 7;
  SymbolicShape shape = node.shape(1);
  if (node.version() >= first_with_broadcasting || !shape.has_rank() || !node.shape(0).has_rank()) return shape;
  if (node.attributes().has("axis")) {
    WEDGE_ASSIGN(old_axis, node.attributes().required_integer("axis"));
  }
  if (!old_axis || shape.rank() == 0) return shape;
  const size_t rank = node.shape(0).rank();
  WEDGE_ASSIGN(const size_t axis, resolve_axis(*old_axis, rank));
  if (axis + shape.rank() > rank) {
    return fail(ErrorCode::invalid_model, "input 1 of shape ", shape, " does not fit ", node.shape(0), " from axis ",
                axis, " on");
  }
  while (axis + shape.rank() < rank) (void)shape.push_back(1);
  return shape;
}

Result<> infer_broadcast(InferContext& context, DType dtype) {
  SymbolicShape shape = context.shape(0);
  for (size_t i = 1; i < context.input_count(); ++i) {
    WEDGE_ASSIGN(shape, broadcast_shapes(shape, context.shape(i)));
  }
  context.set_output(0, dtype, shape);
  return {};
}

Broadcast::Broadcast(const Shape& output, std::initializer_list<Shape> operands) {
  for (size_t axis = 0; axis < output.rank(); ++axis) {
    if (output[axis] == 1) continue;
    std::array<int64_t, most_operands> strides{};
    bool merges = rank_ != 0;
    size_t k = 0;
    for (const Shape& operand : operands) {
      const size_t missing = output.rank() - operand.rank();
      const bool runs = axis >= missing && operand[axis - missing] != 1;
      strides[k] = runs ? operand.numel(axis - missing + 1, operand.rank()) : 0;
      if (rank_ != 0) merges &= strides_[k][rank_ - 1] == strides[k] * output[axis];
      ++k;
    }
    if (!merges) ++rank_;
    dims_[rank_ - 1] = merges ? dims_[rank_ - 1] * output[axis] : output[axis];
    for (k = 0; k < operands.size(); ++k) strides_[k][rank_ - 1] = strides[k];
  }
  if (rank_ == 0) dims_[rank_++] = 1;
}

Broadcast::Offsets Broadcast::seek(int64_t row, std::array<int64_t, Shape::max_rank>& index) const {
  Offsets offsets{};
  for (size_t axis = rank_ - 1; axis-- > 0;) {
    index[axis] = row % dims_[axis];
    row /= dims_[axis];
    for (size_t k = 0; k < most_operands; ++k) offsets[k] += index[axis] * strides_[k][axis];
  }
  return offsets;
}

void Broadcast::advance(std::array<int64_t, Shape::max_rank>& index, Offsets& offsets) const {
  for (size_t axis = rank_ - 1; axis-- > 0;) {
    for (size_t k = 0; k < most_operands; ++k) offsets[k] += strides_[k][axis];
    if (++index[axis] < dims_[axis]) return;
    for (size_t k = 0; k < most_operands; ++k) offsets[k] -= strides_[k][axis] * dims_[axis];
    index[axis] = 0;
  }
}

}  // namespace wedge
