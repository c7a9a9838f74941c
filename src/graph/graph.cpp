#include "graph/graph.h"

#include <algorithm>

#include "base/id_map.h"

namespace wedge {

int32_t Module::symbol(std::string_view name) {
  const auto found = std::ranges::find(symbols, name);
  if (found != symbols.end()) return static_cast<int32_t>(found - symbols.begin());
  symbols.emplace_back(name);
  return static_cast<int32_t>(symbols.size() - 1);
}

std::vector<ValueId> captured_values(const Graph& graph) {
  IdSet own(graph.inputs);
  IdSet seen;
  std::vector<ValueId> captured;
  const auto use = [&](ValueId id) {
    if (id != no_value && !own.contains(id) && seen.insert(id)) captured.push_back(id);
  };
  for (const auto& node : graph.nodes) {
    for_each_use(*node, use);
    own.insert_all(node->outputs);
  }
  std::ranges::for_each(graph.outputs, use);
  return captured;
}

uint64_t resident_constant_bytes(const Module& module) {
  uint64_t total = 0;
  for (const Value& value : module.values) total += value.constant.resident_bytes();
  return total;
}

}  // namespace wedge
