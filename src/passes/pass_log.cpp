#include "passes/pass_log.h"

#include "base/platform.h"

namespace wedge {
namespace {

void count_nodes(const Graph& graph, std::map<std::string, size_t>& counts) {
  for (const NodePointer& node : graph.nodes) {
    ++counts[node->domain.empty() ? node->op_type : node->domain + "." + node->op_type];
    for (const auto& subgraph : node->subgraphs) count_nodes(*subgraph, counts);
  }
}

}  // namespace

void PassLog::begin(const Graph& graph) {
  nodes_ = graph.nodes;
  before_.clear();
  count_nodes(graph, before_);
  start_ = platform::now_nanoseconds();
}

void PassLog::end(std::string_view pass, const Graph& graph) {
  PassChange change{.pass = std::string(pass),
                    .nanoseconds = static_cast<double>(platform::now_nanoseconds() - start_),
                    .is_change = graph.nodes != nodes_};
  nodes_.clear();
  std::map<std::string, size_t> after;
  count_nodes(graph, after);
  for (const auto& [name, count] : before_) {
    change.nodes_before += count;
    after.try_emplace(name, 0);
  }
  for (const auto& [name, count] : after) {
    change.nodes_after += count;
    const auto found = before_.find(name);
    const size_t earlier = found == before_.end() ? 0 : found->second;
    if (earlier != count) change.operators.push_back({.name = name, .before = earlier, .after = count});
  }
  changes_.push_back(std::move(change));
}

}  // namespace wedge
