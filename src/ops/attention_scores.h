// What attention does to a block of scores between its steps: masks and biases added, keys hidden, scores shown.
#pragma once

#include <array>

#include "ops/attention.h"

namespace wedge {

/// A mask or bias over batch, heads, rows and columns: distances are 0 where it repeats. It may end before the columns
/// do; the rest is masked.
struct ScoreMask {
  std::array<size_t, 4> strides{};
  size_t columns = 0;

  /// An Error unless the shape broadcasts to that of the scores; a mask may have fewer columns.
  static Result<ScoreMask> from(const Shape& shape, const AttentionGeometry& geometry);

  [[nodiscard]] size_t offset(const AttentionBlock& block, size_t row) const {
    return block.batch * strides[0] + block.head * strides[1] + (block.first_row + row) * strides[2];
  }
  /// Columns of the block that the mask has.
  [[nodiscard]] size_t columns_of(const AttentionBlock& block) const {
    return std::min(block.columns, columns - std::min(columns, block.first_column));
  }
};

/// Adds the values, or puts `hidden` where the flags are false. C is float or double here and below.
template <typename C>
void add_mask(const AttentionBlock& block, const ScoreMask& mask, const C* values, C* scores);
template <typename C>
void apply_flags(const AttentionBlock& block, const ScoreMask& mask, const bool* flags, C* scores,
                 C hidden = -std::numeric_limits<C>::infinity());

/// Columns [first, last) of a row of scores.
struct SeenColumns {
  size_t first = 0;
  size_t last = 0;
};

/// Scores outside the columns that seen() names for a row, which is counted from the first one of the queries, become
/// minus infinity.
template <typename C>
void hide_unseen(const AttentionBlock& block, FunctionRef<SeenColumns(size_t row)> seen, C* scores);

/// Scores come to lie between -limit and limit; 0 is no limit.
template <typename C>
void cap_scores(C limit, size_t count, C* scores);

/// Copies the block, which is of whole rows, to its place among all scores, which is returned.
template <typename C>
std::span<C> show_scores(const AttentionBlock& block, const AttentionGeometry& geometry, const C* scores, C* all);

}  // namespace wedge
