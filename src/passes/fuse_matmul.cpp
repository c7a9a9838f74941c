// A bias that is added to a product of matrices, and an activation after it, are done while the product is in cache.
#include "ops/fused_activation.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

class Fuser {
 public:
  Fuser(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), match_(values, graph), patch_(patch) {}

  void run() {
    for (const NodePointer& node : graph_.nodes) {
      const bool is_bare =
          node->op_type == "BiasedMatMul" && node->inputs.size() == 2 && !node->attributes.has("activation");
      if (is_bare || (node->domain.empty() && node->op_type == "MatMul")) fuse(*node);
    }
  }

 private:
  void fuse(const Node& product) {
    if (!match_.is_floats(product.outputs[0])) return;
    std::vector<ValueId> inputs = product.inputs;
    std::vector<const Node*> taken = {&product};
    if (const ValueId bias = bias_of(product); bias != no_value) {
      inputs.push_back(bias);
      taken.push_back(match_.reader(product.outputs[0], "Add"));
    }
    const auto own = product.attributes.all();
    std::vector<Attribute> attributes(own.begin(), own.end());
    if (const size_t reader = match_.uses().only_reader(taken.back()->outputs[0]); reader != Uses::npos) {
      const Node& activation = *graph_.nodes[reader];
      const auto found = fused_activation_of(activation, [&](ValueId id) { return values_[id].constant.elements(); });
      if (found && activation.inputs[0] == taken.back()->outputs[0]) {
        for (Attribute& attribute : activation_attributes(*found)) attributes.push_back(std::move(attribute));
        taken.push_back(&activation);
      }
    }
    if (taken.size() == 1) return;
    Node fused = made_node(*taken.back(), "wedge", "BiasedMatMul", 1, std::move(inputs), std::move(attributes));
    if (fused.op != nullptr) replace_chain(patch_, match_, taken, std::move(fused));
  }

  // What is added to each row of the product.
  [[nodiscard]] ValueId bias_of(const Node& product) const {
    const SymbolicShape& a = values_[product.inputs[0]].shape;
    const SymbolicShape& b = values_[product.inputs[1]].shape;
    const SymbolicShape& c = values_[product.outputs[0]].shape;
    const Node* sum = match_.reader(product.outputs[0], "Add");
    if (sum == nullptr || !a.has_rank() || !b.has_rank() || a.rank() < 2 || b.rank() < 2) return no_value;
    const ValueId bias = Match::other(*sum, product.outputs[0]);
    return match_.is_row(bias, last_dim(c)) ? bias : no_value;
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
};

}  // namespace

Patch fuse_matmul(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Fuser(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
