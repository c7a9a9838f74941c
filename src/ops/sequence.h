// What the operators on sequences share.
#pragma once

#include "ops/operator.h"

namespace wedge {

/// An Error unless the input is a sequence.
Result<> expect_sequence(const NodeView& node, size_t input);

/// The elements of an input sequence.
std::span<const Tensor> elements(const RunContext& run, size_t input);

/// The single integer of an input as a position in [0, count), or up to the end itself, counted from the end when
/// negative. Errors: invalid_argument, out_of_range.
Result<size_t> read_position(const RunContext& run, size_t input, size_t count, bool or_end = false);

}  // namespace wedge
