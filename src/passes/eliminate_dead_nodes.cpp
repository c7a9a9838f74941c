// Drops nodes whose results nobody reads.
#include <algorithm>

#include "base/id_map.h"
#include "passes/pass.h"

namespace wedge {

Patch eliminate_dead_nodes(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  IdSet used(graph.outputs);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = *graph.nodes[i];
    if (std::ranges::any_of(node.outputs, [&](ValueId id) { return id != no_value && used.contains(id); })) {
      for_each_use(node, [&](ValueId id) { used.insert(id); });
    } else {
      patch.remove(i);
    }
  }
  return patch;
}

}  // namespace wedge
