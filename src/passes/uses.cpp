#include "passes/uses.h"

namespace wedge {

Uses::Uses(const Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for_each_use(*graph.nodes[i], [&](ValueId id) {
      Readers& readers = readers_[id];
      if (readers.count++ == 0) readers.first = i;
    });
    for (const ValueId id : graph.nodes[i]->outputs) {
      if (id != no_value) makers_[id] = i;
    }
  }
  // An output counts as a reader that no node is.
  for (const ValueId id : graph.outputs) readers_[id].count += 2;
}

size_t Uses::only_reader(ValueId value) const {
  const Readers* found = readers_.find(value);
  return found != nullptr && found->count == 1 ? found->first : npos;
}

size_t Uses::maker(ValueId value) const {
  const size_t* found = makers_.find(value);
  return found == nullptr ? npos : *found;
}

size_t Uses::reader_count(ValueId value) const {
  const Readers* found = readers_.find(value);
  return found == nullptr ? 0 : found->count;
}

bool same_shape(const SymbolicShape& a, const SymbolicShape& b) {
  if (!a.has_rank() || !b.has_rank() || a.rank() != b.rank()) return false;
  for (size_t i = 0; i < a.rank(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace wedge
