// Which axes a reduction goes over, and the walk over them.
#pragma once

#include <array>

#include "ops/infer_context.h"
#include "ops/prepare_context.h"

namespace wedge {

/// By axis, whether it is reduced.
using ReducedAxes = std::array<bool, Shape::max_rank>;

/// The axes of a reduction of a tensor of that rank: an attribute in old opsets, input 1 in newer ones; all of them
/// when there are none, unless noop_with_empty_axes. nullopt while the input is not known.
Result<std::optional<ReducedAxes>> reduced_axes(const NodeView& node, size_t rank);

/// The rule of reductions: output 0 has this type and input 0's shape without the reduced axes (or with 1 in them).
Result<> infer_reduction(InferContext& context, DType dtype);

/// A reduction as nested loops: kept axes outside, reduced axes inside, neighbours merged. Strides are in elements.
struct ReductionLoops {
  struct Loop {
    int64_t count;
    int64_t stride;
  };
  std::vector<Loop> kept;
  std::vector<Loop> reduced;  ///< the innermost last; at least one
  int64_t outputs = 1;
  int64_t inputs_per_output = 1;

  ReductionLoops(const Shape& shape, const ReducedAxes& axes);

  /// Whether the input is outer × reduced × inner with one merged reduced axis; then those counts.
  struct Block {
    int64_t outer;
    int64_t reduced;
    int64_t inner;
  };
  [[nodiscard]] std::optional<Block> as_block() const;

  /// The offset of the first input element of an output.
  [[nodiscard]] int64_t offset(int64_t output) const;
};

}  // namespace wedge
