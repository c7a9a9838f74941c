#include "graph/node_order.h"

#include <queue>

#include "base/name_map.h"
#include "base/result.h"

namespace wedge {
namespace {

// Calls visit for every name a node reads, and every name read anywhere inside its subgraphs: more than those it
// captures, which at worst orders it after a node it has nothing to do with but a name.
template <typename Visit>
void for_each_name(const onnx::NodeProto& node, Visit& visit) {
  for (const auto name : node.input) visit(name);
  for (const auto& attribute : node.attribute) {
    for (const auto& graph : attribute.graphs) {
      for (const auto& inner : graph.node) for_each_name(inner, visit);
      for (const auto& output : graph.output) visit(output.name);
    }
  }
}

}  // namespace

Result<std::vector<size_t>> running_order(std::span<const onnx::NodeProto> nodes) {
  NameMap maker;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const auto name : nodes[i].output) {
      if (!name.empty() && !maker.insert(name, static_cast<uint32_t>(i))) {
        return fail(ErrorCode::invalid_model, "the value '", name, "' is made by two nodes");
      }
    }
  }
  std::vector<std::vector<size_t>> readers(nodes.size());
  std::vector<size_t> missing(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    auto depend = [&](std::string_view name) {
      const uint32_t* found = maker.find(name);
      if (found == nullptr) return;
      readers[*found].push_back(i);
      ++missing[i];
    };
    for_each_name(nodes[i], depend);
  }
  // Among the nodes that could run the first in the file goes first.
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<size_t> order;
  while (!ready.empty()) {
    const size_t i = ready.top();
    ready.pop();
    order.push_back(i);
    for (const size_t reader : readers[i]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() == nodes.size()) return order;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] != 0) {
      return fail(ErrorCode::invalid_model, "the graph has a cycle through node '", nodes[i].name, "' (",
                  nodes[i].op_type, ")");
    }
  }
  return order;
}

}  // namespace wedge
