#include "graph/patch.h"

#include <algorithm>

namespace wedge {

void Patch::insert(size_t position, Node node) {
  inserted_[position].push_back(std::make_shared<const Node>(std::move(node)));
}

ValueId Patch::add_value(Value value) {
  added_.push_back(std::move(value));
  return static_cast<ValueId>(first_new_value_ + added_.size() - 1);
}

ValueId Patch::target(ValueId id) const {
  while (const ValueId* found = redirected_.find(id)) id = *found;
  return id;
}

NodePointer Patch::redirect_uses(const NodePointer& node) const {
  bool changes = false;
  for_each_use(*node, [&](ValueId id) { changes |= redirected_.contains(id); });
  if (!changes) return node;
  Node copy = *node;
  for (ValueId& id : copy.inputs) id = target(id);
  for (auto& subgraph : copy.subgraphs) subgraph = std::make_shared<const Graph>(redirect_uses(*subgraph));
  return std::make_shared<const Node>(std::move(copy));
}

Graph Patch::redirect_uses(const Graph& graph) const {
  Graph result = graph;
  for (NodePointer& node : result.nodes) node = redirect_uses(node);
  for (ValueId& id : result.outputs) id = target(id);
  return result;
}

Graph Patch::apply(const Graph& graph, std::vector<Value>& values) const {
  values.insert(values.end(), added_.begin(), added_.end());
  for (size_t i = 0; i < constants_.values().size(); ++i) {
    const Constant& elements = constants_.values()[i];
    Value& value = values[constants_.ids()[i]];
    value.constant = elements;
    value.dtype = elements.dtype();
    value.shape = elements.shape();
  }
  Graph result{.inputs = graph.inputs, .outputs = graph.outputs, .nodes = {}};
  for (size_t i = 0; i <= graph.nodes.size(); ++i) {
    if (const auto* nodes = inserted_.find(i)) {
      result.nodes.insert(result.nodes.end(), nodes->begin(), nodes->end());
    }
    if (i < graph.nodes.size() && !removed_.contains(i)) result.nodes.push_back(graph.nodes[i]);
  }
  return redirected_.empty() ? result : redirect_uses(result);
}

}  // namespace wedge
