// A normalisation of the sum of two tensors adds their rows itself (SkipLayerNormalization), and gives the sums to whom
// else reads them.

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
      if (!node->domain.empty() || node->outputs.size() != 1) continue;
      if (node->op_type == "LayerNormalization") fuse(*node, "SkipLayerNormalization");
      if (node->op_type == "RMSNormalization") fuse(*node, "SkipSimplifiedLayerNormalization");
    }
  }

 private:
  void fuse(const Node& normalization, std::string_view op_type) {
    const Node* sum = match_.maker(normalization.inputs[0], "Add");
    if (sum == nullptr || !adds_rows(*sum) || !is_over_last(normalization, last_dim(shape_of(sum->outputs[0])))) return;
    const auto epsilon = normalization.attributes.number("epsilon", 1e-5F);
    if (!epsilon) return;
    std::vector<ValueId> inputs = {sum->inputs[0], sum->inputs[1]};
    inputs.insert(inputs.end(), normalization.inputs.begin() + 1, normalization.inputs.end());
    Node fused = made_node(normalization, "com.microsoft", op_type, 1, std::move(inputs),
                           {{.name = "epsilon", .value = *epsilon}});
    const size_t position = match_.position(sum->outputs[0]);
    if (match_.uses().only_reader(sum->outputs[0]) == Uses::npos) {
      fused.outputs.insert(fused.outputs.end(), {no_value, no_value, sum->outputs[0]});
    }
    if (fused.op == nullptr || !taken_.insert(position)) return;
    patch_.remove(match_.position(normalization.outputs[0]));
    patch_.replace(position, std::move(fused));
  }

  [[nodiscard]] const SymbolicShape& shape_of(ValueId id) const { return values_[id].shape; }

  [[nodiscard]] bool adds_rows(const Node& sum) const {
    const SymbolicShape& shape = shape_of(sum.inputs[0]);
    return match_.is_floats(sum.outputs[0]) && shape.has_rank() && (shape.rank() == 2 || shape.rank() == 3) &&
           same_shape(shape, shape_of(sum.inputs[1]));
  }

  // Along the last axis, by constants, which are there already where the sum is made.
  [[nodiscard]] bool is_over_last(const Node& normalization, Dim columns) const {
    const auto axis = normalization.attributes.integer("axis", -1);
    const auto last = static_cast<int64_t>(shape_of(normalization.inputs[0]).rank()) - 1;
    if (!axis || (*axis != -1 && *axis != last)) return false;
    for (size_t i = 1; i < normalization.inputs.size(); ++i) {
      const ValueId id = normalization.inputs[i];
      if (id != no_value && (values_[id].constant.empty() || !match_.is_row(id, columns))) return false;
    }
    return true;
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
  IdSet taken_;  ///< positions of sums that are part of a normalisation
};

}  // namespace

Patch fuse_skip_normalization(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Fuser(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
