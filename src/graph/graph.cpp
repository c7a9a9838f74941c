#include "graph/graph.h"

#include <algorithm>
#include <unordered_set>

namespace wedge {

int32_t Module::symbol(std::string_view name) {
  const auto found = std::ranges::find(symbols, name);
  if (found != symbols.end()) return static_cast<int32_t>(found - symbols.begin());
  symbols.emplace_back(name);
  return static_cast<int32_t>(symbols.size() - 1);
}

std::vector<ValueId> captured_values(const Graph& graph) {
  std::unordered_set<ValueId> own(graph.inputs.begin(), graph.inputs.end());
  std::unordered_set<ValueId> seen;
  std::vector<ValueId> captured;
  const auto use = [&](ValueId id) {
    if (id != no_value && !own.contains(id) && seen.insert(id).second) captured.push_back(id);
  };
  for (const auto& node : graph.nodes) {
    for_each_use(*node, use);
    own.insert(node->outputs.begin(), node->outputs.end());
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
