// Functions of single elements whose results only the next one reads become one step (ElementwiseChain), which works on
// a tile of elements at a time.
#include <algorithm>

#include "ops/elementwise_chain.h"
#include "ops/fused_activation.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

constexpr size_t most_steps = 15;
constexpr size_t most_inputs = most_steps + 1;  // of functions of two operands

// The same for all but the last dimensions of `whole`, which it has.
bool is_row_of(const SymbolicShape& row, const SymbolicShape& whole) {
  if (!row.has_rank() || row.rank() > whole.rank()) return false;
  size_t i = 0;
  while (i < row.rank() && same(row[row.rank() - 1 - i], whole[whole.rank() - 1 - i])) ++i;
  for (; i < row.rank(); ++i) {
    if (!row[row.rank() - 1 - i].is(1)) return false;
  }
  return true;
}

class Fuser {
 public:
  Fuser(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), match_(values, graph), patch_(patch) {}

  void run() {
    for (size_t i = graph_.nodes.size(); i-- > 0;) {
      if (!taken_.contains(i)) fuse(i);
    }
  }

 private:
  struct Chain {
    const SymbolicShape& shape;
    std::vector<ValueId> inputs;
    std::vector<ChainStep> steps;  // results are counted from most_inputs on until all inputs are known
    std::vector<size_t> nodes;
  };

  void fuse(size_t last) {
    const Node& node = *graph_.nodes[last];
    if (node.outputs.size() != 1 || !values_[node.outputs[0]].shape.has_rank()) return;
    Chain chain{.shape = values_[node.outputs[0]].shape, .inputs = {}, .steps = {}, .nodes = {}};
    if (!take(last, chain) || chain.steps.size() < 2) return;
    for (ChainStep& step : chain.steps) {
      for (int64_t* operand : {&step.first, &step.second}) {
        if (*operand >= static_cast<int64_t>(most_inputs)) {
          *operand += static_cast<int64_t>(chain.inputs.size()) - static_cast<int64_t>(most_inputs);
        }
      }
    }
    Node fused = made_node(node, "wedge", "ElementwiseChain", 1, chain.inputs, chain_attributes(chain.steps));
    if (fused.op == nullptr) return;
    for (const size_t at : chain.nodes) patch_.remove(at);
    taken_.insert_all(chain.nodes);
    patch_.insert(last, std::move(fused));
  }

  // Adds the node's function to the chain, after those that make its operands; false when a chain cannot have it.
  bool take(size_t at, Chain& chain) {
    const Node& node = *graph_.nodes[at];
    auto step = step_of(node);
    if (!step || node.outputs.size() != 1 || chain.nodes.size() == most_steps) return false;
    const ValueId output = node.outputs[0];
    if (!match_.is_floats(output) || !same_shape(values_[output].shape, chain.shape)) return false;
    const size_t operands = step->second < 0 ? 1 : 2;
    for (size_t i = 0; i < operands; ++i) {
      if (!is_operand(node.inputs[i], chain.shape)) return false;
    }
    // One operand has the shape of the result itself; numbers and rows alone do not make it.
    const auto is_whole = [&](ValueId id) { return same_shape(values_[id].shape, chain.shape); };
    if (std::none_of(node.inputs.begin(), node.inputs.begin() + static_cast<ptrdiff_t>(operands), is_whole))
      return false;
    chain.nodes.push_back(at);
    step->first = operand(at, node.inputs[0], chain);
    if (operands == 2) step->second = operand(at, node.inputs[1], chain);
    chain.steps.push_back(*std::move(step));
    return true;
  }

  // The number of an operand of node `reader`: of the step that makes it, which is taken into the chain, or of an
  // input.
  int64_t operand(size_t reader, ValueId id, Chain& chain) {
    const size_t maker = match_.position(id);
    if (maker != Uses::npos && !taken_.contains(maker) && match_.uses().only_reader(id) == reader &&
        take(maker, chain)) {
      return static_cast<int64_t>(most_inputs + chain.steps.size()) - 1;
    }
    const auto number = std::ranges::find(chain.inputs, id) - chain.inputs.begin();
    if (number == std::ssize(chain.inputs)) chain.inputs.push_back(id);
    return number;
  }

  [[nodiscard]] std::optional<ChainStep> step_of(const Node& node) const {
    constexpr int64_t first_with_broadcast = 7;
    if (node.domain.empty() && node.inputs.size() == 2 && binary_loop(node.op_type) != nullptr) {
      if (node.version < first_with_broadcast) return std::nullopt;
      return ChainStep{.function = std::string(node.op_type), .second = 0};
    }
    const auto activation = fused_activation_of(node, [&](ValueId id) { return values_[id].constant.elements(); });
    if (!activation) return std::nullopt;
    return ChainStep{std::string(activation->name), 0, -1, activation->alpha, activation->beta};
  }

  [[nodiscard]] bool is_operand(ValueId id, const SymbolicShape& whole) const {
    if (!match_.is_floats(id)) return false;
    return is_row_of(values_[id].shape, whole);
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
  IdSet taken_;
};

}  // namespace

Patch fuse_elementwise(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Fuser(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
