// Who makes and who reads the values of a graph: what passes match patterns with.
#pragma once

#include <vector>

#include "base/id_map.h"
#include "graph/graph.h"

namespace wedge {

/// Known to be the same.
bool same_shape(const SymbolicShape& a, const SymbolicShape& b);

class Uses {
 public:
  explicit Uses(const Graph& graph);

  /// The node that reads the value when it is the only one, and the value is no output of the graph; else npos.
  [[nodiscard]] size_t only_reader(ValueId value) const;
  /// The node that makes the value, npos for inputs and constants.
  [[nodiscard]] size_t maker(ValueId value) const;
  [[nodiscard]] size_t reader_count(ValueId value) const;

  static constexpr size_t npos = SIZE_MAX;

 private:
  struct Readers {
    size_t count = 0;
    size_t first = npos;
  };
  IdMap<Readers> readers_;
  IdMap<size_t> makers_;
};

}  // namespace wedge
