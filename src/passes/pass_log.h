// What passes do to a graph, counted by operator.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "wedge/profile.h"

namespace wedge {

class PassLog {
 public:
  /// Notes the graph that a pass is about to change.
  void begin(const Graph& graph);
  /// Notes what the pass has made of it.
  void end(std::string_view pass, const Graph& graph);

  [[nodiscard]] const std::vector<PassChange>& changes() const { return changes_; }

 private:
  std::vector<NodePointer> nodes_;
  std::map<std::string, size_t> before_;  ///< nodes by operator
  uint64_t start_ = 0;
  std::vector<PassChange> changes_;
};

}  // namespace wedge
