// What a shape rule sees and says.
#pragma once

#include <vector>

#include "base/function_ref.h"
#include "ops/node_view.h"

namespace wedge {

struct OutputInfo {
  DType dtype = DType::undefined;
  SymbolicShape shape;
};

/// Infers a subgraph whose inputs have these types and shapes; returns those of its outputs.
using InferSubgraph = FunctionRef<Result<std::vector<OutputInfo>>(const Graph&, std::span<const OutputInfo> inputs)>;

/// Shape rules set every output they can say anything about; what they leave alone stays unknown. Wrong input is an
/// Error; anything not known yet is not.
class InferContext : public NodeView {
 public:
  /// What infer_subgraph refers to must outlive the context.
  InferContext(const Node& node, std::span<const InputInfo> inputs, InferSubgraph infer_subgraph)
      : NodeView(node, inputs), outputs_(node.outputs.size()), infer_subgraph_(infer_subgraph) {}

  /// Outputs beyond those the node has are ignored, so a rule need not ask which are wanted.
  void set_output(size_t i, DType dtype, const SymbolicShape& shape) {
    if (i < outputs_.size()) outputs_[i] = {.dtype = dtype, .shape = shape};
  }
  [[nodiscard]] std::span<const OutputInfo> outputs() const { return outputs_; }

  /// The types and shapes of a subgraph's outputs, given those of its inputs.
  [[nodiscard]] Result<std::vector<OutputInfo>> subgraph_outputs(size_t subgraph,
                                                                 std::span<const OutputInfo> inputs) const {
    return infer_subgraph_(*node().subgraphs[subgraph], inputs);
  }

 private:
  std::vector<OutputInfo> outputs_;
  InferSubgraph infer_subgraph_;
};

/// The rule of operators whose first output has the type and shape of their first input.
Result<> infer_same_as_input(InferContext& context);

}  // namespace wedge
