// Of nodes that compute the same from the same, the first does for all.
#include <algorithm>
#include <map>
#include <tuple>

#include "ops/operator.h"
#include "passes/pass.h"

namespace wedge {
namespace {

bool same_value(const Attribute::Value& a, const Attribute::Value& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&]<typename T>(const T& value) {
        // Tensors are compared by nobody: equal ones are rare.
        if constexpr (std::is_same_v<T, Tensor> || std::is_same_v<T, std::vector<Tensor>>) {
          return false;
        } else {
          return value == std::get<T>(b);
        }
      },
      a);
}

bool same_attributes(const Attributes& a, const Attributes& b) {
  if (a.all().size() != b.all().size()) return false;
  return std::ranges::all_of(a.all(), [&](const Attribute& attribute) {
    const Attribute* found = b.find(attribute.name);
    return found != nullptr && same_value(attribute.value, found->value);
  });
}

class Eliminator {
 public:
  Eliminator(const Graph& graph, Patch& patch) : graph_(graph), patch_(patch), outputs_(graph.outputs) {}

  void run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = *graph_.nodes[i];
      if (node.op == nullptr || !node.op->is_pure || !node.subgraphs.empty() || node.inputs.empty()) continue;
      std::vector<const Node*>& seen = seen_[{node.domain, node.op_type, node.version, resolved(node.inputs)}];
      const auto twin = std::ranges::find_if(seen, [&](const Node* other) { return can_stand_for(*other, node); });
      if (twin == seen.end()) {
        seen.push_back(&node);
      } else {
        replace(i, **twin);
      }
    }
  }

 private:
  using Key = std::tuple<std::string, std::string, int64_t, std::vector<ValueId>>;

  [[nodiscard]] std::vector<ValueId> resolved(std::vector<ValueId> inputs) const {
    for (ValueId& id : inputs) {
      if (const ValueId* found = replaced_.find(id)) id = *found;
    }
    return inputs;
  }

  [[nodiscard]] bool can_stand_for(const Node& twin, const Node& node) const {
    if (twin.outputs.size() != node.outputs.size() || !same_attributes(twin.attributes, node.attributes)) return false;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (outputs_.contains(node.outputs[i])) return false;
      if ((node.outputs[i] == no_value) != (twin.outputs[i] == no_value)) return false;
    }
    return true;
  }

  void replace(size_t at, const Node& twin) {
    const Node& node = *graph_.nodes[at];
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == no_value) continue;
      patch_.redirect(node.outputs[i], twin.outputs[i]);
      replaced_[node.outputs[i]] = twin.outputs[i];
    }
    patch_.remove(at);
  }

  const Graph& graph_;
  Patch& patch_;
  IdSet outputs_;
  std::map<Key, std::vector<const Node*>> seen_;
  IdMap<ValueId> replaced_;
};

}  // namespace

Patch eliminate_duplicates(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Eliminator(graph, patch).run();
  return patch;
}

}  // namespace wedge
