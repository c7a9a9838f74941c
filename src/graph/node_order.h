// Puts the nodes of a graph in an order in which every value is made before it is used.
#pragma once

#include <span>
#include <vector>

#include "onnx/model.h"

namespace wedge {

/// Indices of `nodes` in running order; the file's own order wherever that is one. Names that no node here makes are
/// taken to come from outside. Errors: invalid_model for a cycle, naming a node on it, and for a name made twice.
Result<std::vector<size_t>> running_order(std::span<const onnx::NodeProto> nodes);

}  // namespace wedge
