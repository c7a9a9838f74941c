#include "ops/inference.h"

#include <algorithm>

#include "ops/operator.h"

namespace wedge {
namespace {

// Joins what the model declares with what the shape rules find. Types must agree; where shapes differ the rules are
// right, since exporters leave stale shapes behind.
Result<> merge(Value& value, const OutputInfo& inferred) {
  if (inferred.dtype != DType::undefined) {
    if (value.dtype != DType::undefined && value.dtype != inferred.dtype) {
      return fail(ErrorCode::invalid_model, "'", value.name, "' is declared as ", value.dtype, " but is ",
                  inferred.dtype);
    }
    value.dtype = inferred.dtype;
  }
  if (!inferred.shape.has_rank()) return {};
  if (!value.shape.has_rank() || value.shape.rank() != inferred.shape.rank()) {
    value.shape = inferred.shape;
    return {};
  }
  for (size_t axis = 0; axis < value.shape.rank(); ++axis) {
    const Dim found = inferred.shape[axis];
    const bool says_more = found.is_known() || (found.is_symbol() && !value.shape[axis].is_known());
    if (says_more) value.shape[axis] = found;
  }
  return {};
}

Result<> infer_into(const Graph& graph, std::vector<Value>& values);

Result<std::vector<OutputInfo>> infer_subgraph(const Graph& graph, std::span<const OutputInfo> inputs,
                                               std::vector<Value>& values) {
  for (size_t i = 0; i < std::min(inputs.size(), graph.inputs.size()); ++i) {
    WEDGE_TRY(merge(values[graph.inputs[i]], inputs[i]));
  }
  WEDGE_TRY(infer_into(graph, values));
  return output_infos(graph, values);
}

Result<> infer_into(const Graph& graph, std::vector<Value>& values) {
  const auto nested = [&](const Graph& subgraph, std::span<const OutputInfo> inputs) {
    return infer_subgraph(subgraph, inputs, values);
  };
  std::vector<InputInfo> inputs;
  for (const auto& node : graph.nodes) {
    inputs.clear();
    for (const ValueId id : node->inputs) inputs.push_back(input_info(id, values));
    InferContext context(*node, inputs, nested);
    WEDGE_TRY(infer_node(context));
    for (size_t i = 0; i < node->outputs.size(); ++i) {
      if (node->outputs[i] == no_value) continue;
      if (auto merged = merge(values[node->outputs[i]], context.outputs()[i]); !merged) {
        return std::unexpected(merged.error().at_node(node->name, node->op_type));
      }
    }
  }
  return {};
}

// Operators whose input or output is a map.
constexpr std::string_view map_operators[] = {"CastMap", "DictVectorizer", "ZipMap"};

std::string describe_operator(const Node& node) {
  const bool has_map =
      node.domain == domain_ml && std::ranges::find(map_operators, node.op_type) != std::end(map_operators);
  return text(node.domain.empty() ? "ai.onnx" : node.domain, ".", node.op_type, " of opset ", node.version,
              has_map ? " (maps are not supported)" : "");
}

struct UnknownOperator {
  std::string operator_text;
  std::string first_node;
  size_t count = 0;
};

void collect_unknown(const Graph& graph, std::vector<UnknownOperator>& unknown) {
  for (const auto& node : graph.nodes) {
    if (node->op == nullptr) {
      const std::string name = describe_operator(*node);
      auto found = std::ranges::find(unknown, name, &UnknownOperator::operator_text);
      if (found == unknown.end()) {
        unknown.push_back({.operator_text = name, .first_node = node->name});
        found = unknown.end() - 1;
      }
      ++found->count;
    }
    for (const auto& subgraph : node->subgraphs) collect_unknown(*subgraph, unknown);
  }
}

std::string list(const std::vector<UnknownOperator>& unknown) {
  std::string out;
  for (const auto& [name, first_node, count] : unknown) {
    out += text(out.empty() ? "" : ", ", name, " at node '", first_node, "'");
    if (count > 1) out += text(" and ", count - 1, " more");
  }
  return out;
}

Result<> check_nodes(const Graph& graph) {
  for (const auto& node : graph.nodes) {
    WEDGE_TRY(check_node(*node));
    for (const auto& subgraph : node->subgraphs) WEDGE_TRY(check_nodes(*subgraph));
  }
  return {};
}

Result<> check_arity(const Node& node) {
  const Operator& op = *node.op;
  size_t inputs = node.inputs.size();
  while (inputs > 0 && node.inputs[inputs - 1] == no_value) --inputs;
  if (inputs < op.min_inputs || inputs > op.max_inputs) {
    const std::string wanted = op.max_inputs == any_number      ? text("at least ", op.min_inputs)
                               : op.min_inputs == op.max_inputs ? text(op.min_inputs)
                                                                : text(op.min_inputs, " to ", op.max_inputs);
    return fail(ErrorCode::invalid_model, "expected ", wanted, " inputs, got ", inputs);
  }
  const size_t required = op.max_inputs == any_number && !op.has_gaps ? node.inputs.size() : op.min_inputs;
  for (size_t i = 0; i < required; ++i) {
    if (node.inputs[i] == no_value) return fail(ErrorCode::invalid_model, "input ", i, " is required but left out");
  }
  if (node.outputs.empty() || node.outputs.size() > op.max_outputs) {
    const std::string wanted = op.max_outputs == any_number ? std::string("at least 1") : text("1 to ", op.max_outputs);
    return fail(ErrorCode::invalid_model, "expected ", wanted, " outputs, got ", node.outputs.size());
  }
  return {};
}

}  // namespace

const Operator* find_operator(std::string_view domain, std::string_view name) {
  const auto same_name = std::ranges::equal_range(operator_table(), name, {}, &OperatorRow::name);
  const auto found = std::ranges::find(same_name, domain, &OperatorRow::domain);
  return found != same_name.end() ? found->definition : nullptr;
}

Result<> check_node(const Node& node) {
  const auto checked = [&]() -> Result<> {
    if (node.op == nullptr) return fail(ErrorCode::unsupported, "unknown operator ", describe_operator(node));
    if (node.version < node.op->since) {
      return fail(ErrorCode::unsupported, "opset ", node.version,
                  " of this operator is older than the oldest supported, ", node.op->since);
    }
    return check_arity(node);
  }();
  if (checked) return {};
  Error error = checked.error();
  return std::unexpected(error.at_node(node.name, node.op_type));
}

Result<> check_runs(const Node& node) {
  if (node.op->prepare != nullptr) return {};
  return fail(ErrorCode::unsupported, "this build was made for models where rewrites replace this operator");
}

Result<> check_made(DType dtype, size_t output) {
  if (dtype == DType::undefined) return fail(ErrorCode::unsupported, "the type of output ", output, " is not known");
  if (built_in::has_type(dtype)) return {};
  return fail(ErrorCode::unsupported, "this build has no tensors of ", dtype);
}

Result<> check_graph(const Graph& graph) {
  std::vector<UnknownOperator> unknown;
  collect_unknown(graph, unknown);
  if (!unknown.empty()) {
    return fail(ErrorCode::unsupported, "the model uses ", unknown.size() == 1 ? "an operator" : "operators",
                " that this build does not have: ", list(unknown));
  }
  return check_nodes(graph);
}

InputInfo input_info(ValueId id, const std::vector<Value>& values) {
  if (id == no_value) return {};
  const Value& value = values[id];
  const bool constant = !value.constant.empty();
  return {.present = true,
          .dtype = value.dtype,
          .shape = value.shape,
          .value = constant ? &value.constant : nullptr,
          .weight = constant ? id : no_value};
}

std::vector<OutputInfo> output_infos(const Graph& graph, const std::vector<Value>& values) {
  std::vector<OutputInfo> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back({.dtype = values[id].dtype, .shape = values[id].shape});
  return outputs;
}

namespace {

Result<> refuse_containers(const InferContext& context) {
  for (size_t i = 0; i < context.input_count(); ++i) {
    if (!context.has_input(i) || !is_container(context.dtype(i))) continue;
    return fail(ErrorCode::invalid_model, "input ", i, " must be a tensor, got ", context.dtype(i));
  }
  return {};
}

}  // namespace

Result<> infer_node(InferContext& context) {
  const Node& node = context.node();
  auto inferred = node.op->takes_containers ? Result<>() : refuse_containers(context);
  if (inferred) inferred = node.op->infer(context);
  if (!inferred) {
    return std::unexpected(inferred.error().at_node(node.name, node.op_type));
  }
  return {};
}

Result<> infer_graph(const Graph& graph, std::vector<Value>& values) { return infer_into(graph, values); }

}  // namespace wedge
