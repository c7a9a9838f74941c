#include "ops/attention_scores.h"

namespace wedge {

Result<ScoreMask> ScoreMask::from(const Shape& shape, const AttentionGeometry& g) {
  ScoreMask mask{.columns = g.columns};
  const std::array<size_t, 4> wanted = {g.batch, g.heads, g.rows, g.columns};
  if (shape.rank() > wanted.size()) return fail(ErrorCode::invalid_model, "a mask of shape ", shape);
  size_t distance = 1;
  for (size_t i = 0; i < shape.rank(); ++i) {
    const auto dim = static_cast<size_t>(shape[shape.rank() - 1 - i]);
    const size_t axis = 3 - i;
    const bool is_short = axis == 3 && dim > 1 && dim < g.columns;
    if (dim != 1 && dim != wanted[axis] && !is_short) {
      return fail(ErrorCode::invalid_model, "a mask of shape ", shape, " does not broadcast to scores of ",
                  Shape{static_cast<int64_t>(g.batch), static_cast<int64_t>(g.heads), static_cast<int64_t>(g.rows),
                        static_cast<int64_t>(g.columns)});
    }
    if (is_short) mask.columns = dim;
    mask.strides[axis] = dim == 1 ? 0 : distance;
    distance *= dim;
  }
  return mask;
}

namespace {

// Minus infinity hides whatever the score is, infinite or not a number.
template <typename C>
C masked(C score, C added) {
  return added == -std::numeric_limits<C>::infinity() ? added : score + added;
}

}  // namespace

template <typename C>
void add_mask(const AttentionBlock& block, const ScoreMask& mask, const C* values, C* scores) {
  constexpr C lowest = -std::numeric_limits<C>::infinity();
  const size_t step = mask.strides[3];
  const size_t columns = mask.columns_of(block);
  for (size_t i = 0; i < block.rows; ++i, scores += block.columns) {
    const C* row = values + mask.offset(block, i) + block.first_column * step;
    if (step == 0) {
      for (size_t j = 0; j < columns; ++j) scores[j] = masked(scores[j], *row);
    } else {
      for (size_t j = 0; j < columns; ++j) scores[j] = masked(scores[j], row[j]);
    }
    std::fill(scores + columns, scores + block.columns, lowest);
  }
}

template <typename C>
void apply_flags(const AttentionBlock& block, const ScoreMask& mask, const bool* flags, C* scores, C hidden) {
  constexpr C lowest = -std::numeric_limits<C>::infinity();
  const size_t step = mask.strides[3];
  const size_t columns = mask.columns_of(block);
  for (size_t i = 0; i < block.rows; ++i, scores += block.columns) {
    const bool* row = flags + mask.offset(block, i) + block.first_column * step;
    if (step == 0) {
      if (!*row) std::fill_n(scores, columns, hidden);
    } else {
      for (size_t j = 0; j < columns; ++j) scores[j] = row[j] ? scores[j] : hidden;
    }
    std::fill(scores + columns, scores + block.columns, lowest);
  }
}

template <typename C>
void hide_unseen(const AttentionBlock& block, FunctionRef<SeenColumns(size_t row)> seen, C* scores) {
  constexpr C lowest = -std::numeric_limits<C>::infinity();
  const auto here = [&](size_t column) {
    return std::min(block.columns, column - std::min(column, block.first_column));
  };
  for (size_t i = 0; i < block.rows; ++i, scores += block.columns) {
    const SeenColumns range = seen(block.first_row + i);
    std::fill(scores, scores + here(std::min(range.first, range.last)), lowest);
    std::fill(scores + here(range.last), scores + block.columns, lowest);
  }
}

template <typename C>
void cap_scores(C limit, size_t count, C* scores) {
  if (limit == 0) return;
  for (size_t i = 0; i < count; ++i) scores[i] = limit * std::tanh(scores[i] / limit);
}

template <typename C>
std::span<C> show_scores(const AttentionBlock& block, const AttentionGeometry& g, const C* scores, C* all) {
  const size_t row = (block.batch * g.heads + block.head) * g.rows + block.first_row;
  const std::span<C> place(all + row * g.columns, block.rows * g.columns);
  std::copy_n(scores, place.size(), place.data());
  return place;
}

template void add_mask(const AttentionBlock&, const ScoreMask&, const float*, float*);
template void add_mask(const AttentionBlock&, const ScoreMask&, const double*, double*);
template void apply_flags(const AttentionBlock&, const ScoreMask&, const bool*, float*, float);
template void apply_flags(const AttentionBlock&, const ScoreMask&, const bool*, double*, double);
template void hide_unseen(const AttentionBlock&, FunctionRef<SeenColumns(size_t)>, float*);
template void hide_unseen(const AttentionBlock&, FunctionRef<SeenColumns(size_t)>, double*);
template void cap_scores(float, size_t, float*);
template void cap_scores(double, size_t, double*);
template std::span<float> show_scores(const AttentionBlock&, const AttentionGeometry&, const float*, float*);
template std::span<double> show_scores(const AttentionBlock&, const AttentionGeometry&, const double*, double*);

}  // namespace wedge
