// Types and shapes of a whole graph, as far as they can be known before a run.
#pragma once

#include "graph/graph.h"
#include "ops/infer_context.h"

namespace wedge {

/// The operator of that domain and name, null when this build has none.
const Operator* find_operator(std::string_view domain, std::string_view name);

/// Checks a node's operator, version, arity and subgraphs against the operator's definition.
Result<> check_node(const Node& node);

/// Errors: unsupported when this build can read the node but not run it.
Result<> check_runs(const Node& node);

/// Errors: unsupported when no tensor of that type can be made of an output.
Result<> check_made(DType dtype, size_t output);

/// check_node for every node of the graph and its subgraphs; operators that are not known are reported all at once.
Result<> check_graph(const Graph& graph);

/// What is known of a value as an input of a node.
InputInfo input_info(ValueId id, const std::vector<Value>& values);

/// What is known of a graph's outputs.
std::vector<OutputInfo> output_infos(const Graph& graph, const std::vector<Value>& values);

/// One application of a node's shape rule; errors say which node.
Result<> infer_node(InferContext& context);

/// Fills in dtype and shape of every value of the graph and its subgraphs in `values`. What the model declares is
/// kept where the rules know less.
Result<> infer_graph(const Graph& graph, std::vector<Value>& values);

}  // namespace wedge
