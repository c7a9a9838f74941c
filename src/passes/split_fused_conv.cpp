// FusedConv of com.microsoft becomes the Conv, Add and activation that it was made of, so that the passes for those
// apply to it.
#include <algorithm>
#include <array>
#include <optional>

#include "ops/inference.h"
#include "passes/pass.h"

namespace wedge {
namespace {

constexpr size_t residual_input = 3;

// A node of the standard domain, of a version that has all its parameters as attributes.
Node standard_node(const Node& from, std::string_view op_type, int64_t version, std::vector<ValueId> inputs,
                   ValueId output, std::vector<Attribute> attributes = {}) {
  return {.name = from.name,
          .domain = "",
          .op_type = std::string(op_type),
          .version = version,
          .op = find_operator("", op_type),
          .inputs = std::move(inputs),
          .outputs = {output},
          .attributes = Attributes(std::move(attributes)),
          .subgraph_names = {},
          .subgraphs = {}};
}

/// An activation and the attributes that its parameters are, in order.
struct Activation {
  std::string_view name;
  int64_t version;
  std::array<std::string_view, 2> parameters;
};

constexpr std::array<Activation, 6> activations = {{{"Clip", 6, {"min", "max"}},
                                                    {"HardSigmoid", 6, {"alpha", "beta"}},
                                                    {"LeakyRelu", 6, {"alpha"}},
                                                    {"Relu", 6, {}},
                                                    {"Sigmoid", 6, {}},
                                                    {"Tanh", 6, {}}}};

class Splitter {
 public:
  Splitter(const std::vector<Value>& values, const Graph& graph, Patch& patch)
      : values_(values), graph_(graph), patch_(patch) {}

  void run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = *graph_.nodes[i];
      if (node.domain == "com.microsoft" && node.op_type == "FusedConv") split(i, node);
    }
  }

 private:
  void split(size_t at, const Node& node) {
    const ValueId output = node.outputs[0];
    if (values_[output].dtype != DType::f32 || !find_operator("", "Conv") || !find_operator("", "Add")) return;
    const auto activation = activation_of(node);
    if (!activation) return;
    const bool has_residual = node.inputs.size() > residual_input && node.inputs[residual_input] != no_value;
    const bool is_active = !activation->op_type.empty();
    const auto next = [&](bool is_last) {
      const Value& value = values_[output];
      return is_last ? output : patch_.add_value({value.name + " (part)", value.dtype, value.shape, {}});
    };

    std::vector<Attribute> attributes;
    for (const Attribute& attribute : node.attributes.all()) {
      if (!attribute.name.starts_with("activation")) attributes.push_back(attribute);
    }
    std::vector<ValueId> inputs = node.inputs;
    inputs.resize(std::min(inputs.size(), residual_input));
    while (inputs.back() == no_value) inputs.pop_back();
    ValueId result = next(!has_residual && !is_active);
    patch_.remove(at);
    patch_.insert(at, standard_node(node, "Conv", 11, std::move(inputs), result, std::move(attributes)));
    if (has_residual) {
      const ValueId sum = next(!is_active);
      patch_.insert(at, standard_node(node, "Add", 14, {result, node.inputs[residual_input]}, sum));
      result = sum;
    }
    if (!is_active) return;
    Node last = *activation;
    last.inputs = {result};
    patch_.insert(at, std::move(last));
  }

  // The node of the activation without its input, with no name where there is none; nullopt when it is not known.
  static std::optional<Node> activation_of(const Node& node) {
    const auto name = node.attributes.string("activation", "");
    const auto parameters = node.attributes.numbers("activation_params");
    if (!name || !parameters) return std::nullopt;
    if (name->empty()) return Node{};
    const auto found = std::ranges::find(activations, *name, &Activation::name);
    if (found == activations.end() || find_operator("", *name) == nullptr) return std::nullopt;
    std::vector<Attribute> attributes;
    for (size_t i = 0; i < std::min(parameters->size(), found->parameters.size()); ++i) {
      if (found->parameters[i].empty()) break;
      attributes.push_back({.name = std::string(found->parameters[i]), .value = (*parameters)[i]});
    }
    return standard_node(node, *name, found->version, {}, node.outputs[0], std::move(attributes));
  }

  const std::vector<Value>& values_;
  const Graph& graph_;
  Patch& patch_;
};

}  // namespace

Patch split_fused_conv(const std::vector<Value>& values, const Graph& graph) {
  Patch patch(values.size());
  Splitter(values, graph, patch).run();
  return patch;
}

}  // namespace wedge
