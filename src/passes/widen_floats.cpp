// Models in floats of 16 bits are computed in floats of 32, which processors have instructions for: where operators
// follow each other nothing is rounded in between. Weights of products stay in 16 bits; other constants become floats
// of 32, of which kernels keep their packed forms alone.
#include <algorithm>

#include "base/id_map.h"
#include "base/seldom.h"
#include "ops/evaluate.h"
#include "ops/inference.h"
#include "ops/operator.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace wedge {
namespace {

constexpr std::string_view computing[] = {
    "Abs",
    "Add",
    "Attention",
    "AveragePool",
    "BatchNormalization",
    "BiasGelu",
    "Clip",
    "Conv",
    "ConvTranspose",
    "Cos",
    "Div",
    "Elu",
    "Erf",
    "Exp",
    "FastGelu",
    "GRU",
    "Gelu",
    "Gemm",
    "GlobalAveragePool",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "InstanceNormalization",
    "LSTM",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mish",
    "Mul",
    "MultiHeadAttention",
    "Neg",
    "PRelu",
    "Pow",
    "QuickGelu",
    "RMSNormalization",
    "Reciprocal",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Resize",
    "RotaryEmbedding",
    "Sigmoid",
    "SimplifiedLayerNormalization",
    "Sin",
    "SkipLayerNormalization",
    "SkipSimplifiedLayerNormalization",
    "Softmax",
    "Softplus",
    "Sqrt",
    "Sub",
    "Sum",
    "Swish",
    "Tanh",
};

// What only moves elements is done in the type they come in.
constexpr std::string_view moving[] = {
    "Concat", "DepthToSpace", "Expand",  "Flatten", "Gather",    "Identity",  "Pad",   "Reshape",
    "Slice",  "Split",        "Squeeze", "Tile",    "Transpose", "Unsqueeze", "Where",
};

class Widener {
 public:
  Widener(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), match_(values, graph), patch_(patch), outputs_(graph.outputs) {}

  WEDGE_SELDOM void run() {
    if (find_operator("", "Cast") == nullptr) return;
    for (at_ = 0; at_ < graph_.nodes.size(); ++at_) {
      const Node& node = *graph_.nodes[at_];
      if (node.op == nullptr || !node.subgraphs.empty()) continue;
      if (const auto product = product_with_half_weights(node)) {
        patch_.replace(at_, *product);
      } else if (node.op->reads_only_shapes || is_widening_cast(node)) {
        read_wide(node);
      } else if (is_wanted(node)) {
        patch_.replace(at_, widened(node));
      }
    }
  }

 private:
  [[nodiscard]] bool is_half(ValueId id) const { return id != no_value && wedge::is_half(values_[id].dtype); }
  [[nodiscard]] bool is_half_constant(ValueId id) const { return is_half(id) && !values_[id].constant.empty(); }
  [[nodiscard]] bool is_made_wide(ValueId id) const { return made_wide_.contains(id); }

  [[nodiscard]] bool is_wanted(const Node& node) const {
    if (!std::ranges::any_of(node.inputs, [&](ValueId id) { return is_half(id); })) return false;
    // A cache of keys and values stays what it is.
    const auto made = std::ranges::count_if(node.outputs, [](ValueId id) { return id != no_value; });
    if (node.op_type.ends_with("Attention") && made > 1) return false;
    if (std::ranges::find(computing, node.op_type) != std::end(computing)) return true;
    return std::ranges::find(moving, node.op_type) != std::end(moving) &&
           std::ranges::any_of(node.inputs, [&](ValueId id) { return is_made_wide(id); });
  }

  [[nodiscard]] bool is_widening_cast(const Node& node) const {
    return node.domain.empty() && node.op_type == "Cast" && values_[node.outputs[0]].dtype == DType::f32 &&
           is_half(node.inputs[0]);
  }

  // A node that need not wait for its operands to be rounded.
  void read_wide(const Node& node) {
    if (!std::ranges::any_of(node.inputs, [&](ValueId id) { return wide_.contains(id); })) return;
    if (is_widening_cast(node) && !outputs_.contains(node.outputs[0])) {
      patch_.redirect(node.outputs[0], *wide_.find(node.inputs[0]));
      patch_.remove(at_);
      return;
    }
    Node reader = node;
    for (ValueId& id : reader.inputs) {
      if (const ValueId* found = wide_.find(id)) id = *found;
    }
    patch_.replace(at_, std::move(reader));
  }

  Node widened(const Node& node) {
    Node wide = node;
    for (ValueId& id : wide.inputs) {
      if (is_half(id)) id = widen(id);
    }
    widen_outputs(wide);
    return wide;
  }

  void widen_outputs(Node& node) {
    for (ValueId& id : node.outputs) {
      if (!is_half(id)) continue;
      const ValueId made = add_wide(id, {});
      made_wide_.insert(id);
      insert_cast(at_ + 1, made, id);
      id = made;
    }
  }

  // The product with its second operand as it is: a matrix of constants, possibly read through a Cast.
  std::optional<Node> product_with_half_weights(const Node& node) {
    const bool is_gemm = node.op_type == "Gemm";
    if (!node.domain.empty() || (!is_gemm && node.op_type != "MatMul")) return std::nullopt;
    const ValueId weights = half_weights(node.inputs[1]);
    if (weights == no_value || values_[weights].constant.rank() != 2 || values_[weights].constant.numel() == 0 ||
        is_half_constant(node.inputs[0])) {
      return std::nullopt;
    }
    std::vector<Attribute> attributes;
    const ValueId bias = node.inputs.size() > 2 ? node.inputs[2] : no_value;
    if (is_gemm) {
      const auto transposed = node.attributes.flag("transB", false);
      if (!is_plain(node, bias) || !transposed) return std::nullopt;
      if (*transposed) attributes.push_back({.name = "transB", .value = int64_t{1}});
    }
    std::vector<ValueId> inputs = {is_half(node.inputs[0]) ? widen(node.inputs[0]) : node.inputs[0], weights};
    if (bias != no_value) inputs.push_back(is_half(bias) ? widen(bias) : bias);
    Node product = made_node(node, "wedge", "BiasedMatMul", 1, std::move(inputs), std::move(attributes));
    widen_outputs(product);
    return product;
  }

  [[nodiscard]] ValueId half_weights(ValueId id) const {
    if (is_half_constant(id)) return id;
    const Node* cast = match_.maker(id, "Cast");
    return cast != nullptr && is_widening_cast(*cast) && is_half_constant(cast->inputs[0]) ? cast->inputs[0] : no_value;
  }

  // A * B or A * B + bias, a row.
  [[nodiscard]] bool is_plain(const Node& gemm, ValueId bias) const {
    const auto is_one = [&](std::string_view name) {
      const auto factor = gemm.attributes.number(name, 1);
      return factor && *factor == 1;
    };
    const auto transposed = gemm.attributes.flag("transA", false);
    if (!transposed || *transposed || !is_one("alpha")) return false;
    if (bias == no_value) return true;
    const SymbolicShape& shape = values_[bias].shape;
    const Dim columns = last_dim(values_[gemm.outputs[0]].shape);
    return is_one("beta") && shape.has_rank() && shape.rank() == 1 && columns.is_known() &&
           shape[0].is(columns.value());
  }

  // The value in 32 bits, for the node looked at and those after it.
  ValueId widen(ValueId id) {
    if (const ValueId* found = wide_.find(id)) return *found;
    if (is_half_constant(id)) return add_wide(id, widen(values_[id].constant));
    if (const Node* cast = match_.maker(id, "Cast"); cast != nullptr && match_.is_floats(cast->inputs[0])) {
      return wide_[id] = cast->inputs[0];
    }
    const ValueId made = add_wide(id, {});
    insert_cast(at_, id, made);
    return made;
  }

  static Constant widen(const Constant& constant) {
    const auto make = [constant]() -> Result<Tensor> {
      const Tensor elements = constant.elements();
      if (elements.empty()) return fail(ErrorCode::out_of_memory, "no memory for a constant");
      WEDGE_ASSIGN(auto results, evaluate(cast_node(DType::f32), std::span(&elements, 1)));
      constant.drop();
      return std::move(results[0]);
    };
    return Constant(DType::f32, constant.shape(), {.make = make, .holds_memory = constant.holds_memory()});
  }

  static Node cast_node(DType to) {
    Node cast;
    cast.op_type = "Cast";
    cast.version = 13;
    cast.op = find_operator("", "Cast");
    cast.inputs = {0};
    cast.outputs = {0};
    cast.attributes = Attributes({{.name = "to", .value = static_cast<int64_t>(to)}});
    return cast;
  }

  ValueId add_wide(ValueId id, Constant constant) {
    Value wide = values_[id];
    wide.dtype = DType::f32;
    wide.constant = std::move(constant);
    return wide_[id] = patch_.add_value(std::move(wide));
  }

  void insert_cast(size_t position, ValueId from, ValueId to) {
    Node cast = cast_node(to < values_.size() ? values_[to].dtype : DType::f32);
    cast.inputs = {from};
    cast.outputs = {to};
    patch_.insert(position, std::move(cast));
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Match match_;
  Patch& patch_;
  IdSet outputs_;
  size_t at_ = 0;        ///< the node looked at
  IdMap<ValueId> wide_;  ///< values in 16 bits and the same in 32
  IdSet made_wide_;      ///< those of them that a node makes in 32
};

}  // namespace

Patch widen_floats(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  const bool has_halves = std::ranges::any_of(graph.nodes, [&](const NodePointer& node) {
    return std::ranges::any_of(node->inputs, [&](ValueId id) { return id != no_value && is_half(values[id].dtype); });
  });
  if (has_halves) Widener(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
