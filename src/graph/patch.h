// A rewrite of one graph as data: passes describe what should change, apply() makes the new graph.
#pragma once

#include <cstddef>
#include <vector>

#include "base/id_map.h"
#include "graph/graph.h"

namespace wedge {

/// Changes to one graph of a module, named by the index of its nodes before the change.
class Patch {
 public:
  /// Values made by this patch get ids from `first_new_value` on: pass the size of the module's table.
  explicit Patch(size_t first_new_value) : first_new_value_(first_new_value) {}

  [[nodiscard]] bool empty() const {
    return removed_.empty() && inserted_.empty() && redirected_.empty() && constants_.empty();
  }

  void remove(size_t node) { removed_.insert(node); }
  /// The node stands before node `position` (the node count: at the end), after those inserted there earlier.
  void insert(size_t position, Node node);
  void replace(size_t position, Node node) {
    remove(position);
    insert(position, std::move(node));
  }
  /// Every use of `from`, as an output of the graph and in nested subgraphs too, becomes a use of `to`.
  void redirect(ValueId from, ValueId to) { redirected_[from] = to; }
  /// The value's elements are known from now on.
  void make_constant(ValueId value, Constant elements) { constants_[value] = std::move(elements); }
  ValueId add_value(Value value);

  /// The graph with the changes made. New values and constants go into `values`, which only ever grows.
  [[nodiscard]] Graph apply(const Graph& graph, std::vector<Value>& values) const;

 private:
  [[nodiscard]] ValueId target(ValueId id) const;
  [[nodiscard]] NodePointer redirect_uses(const NodePointer& node) const;
  [[nodiscard]] Graph redirect_uses(const Graph& graph) const;

  size_t first_new_value_;
  IdSet removed_;
  IdMap<std::vector<NodePointer>> inserted_;
  IdMap<ValueId> redirected_;
  IdMap<Constant> constants_;
  std::vector<Value> added_;
};

}  // namespace wedge
