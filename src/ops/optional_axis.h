// The attribute `axis` of operators that work on the flattened tensor without it.
#pragma once

#include "ops/node_view.h"

namespace wedge {

inline Result<std::optional<size_t>> optional_axis(const NodeView& node, size_t rank) {
  if (!node.attributes().has("axis")) return std::nullopt;
  WEDGE_ASSIGN(const int64_t wanted, node.attributes().required_integer("axis"));
  WEDGE_ASSIGN(const size_t axis, resolve_axis(wanted, rank));
  return axis;
}

}  // namespace wedge
