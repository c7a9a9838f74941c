// One node on its own, outside any plan: constant folding, plan-time shape arithmetic, tests.
#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"

namespace wedge {

/// Runs a node on known inputs (an empty Tensor for one left out) and returns its outputs (empty where the node has
/// none). The node must be pure and without subgraphs. Errors: those of its operator; out_of_memory when its outputs
/// or scratch exceed `limit` bytes.
Result<std::vector<Tensor>> evaluate(const Node& node, std::span<const Tensor> inputs, size_t limit = SIZE_MAX);

/// The outputs of a node that reads only shapes (Shape, Size), from the shapes of its inputs.
Result<std::vector<Tensor>> evaluate_shapes(const Node& node, std::span<const Shape> inputs);

}  // namespace wedge
