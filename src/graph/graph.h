// What a model means: typed values and the nodes that make them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/attribute.h"
#include "graph/dim.h"
#include "tensor/constant.h"

namespace wedge {

struct Operator;
struct Graph;

/// Index into Module::values. Ids are unique across a model's subgraphs, so a subgraph that captures an outer value
/// simply names it.
using ValueId = uint32_t;
inline constexpr ValueId no_value = UINT32_MAX;  ///< an optional input or output left out

/// What flows along an edge, as far as it is known before a run.
struct Value {
  std::string name;
  DType dtype = DType::undefined;
  SymbolicShape shape;
  Constant constant;  ///< the elements when they are part of the model, else empty
};

/// One operation. Nodes are immutable once made; a rewrite makes new ones.
struct Node {
  std::string name;
  std::string domain;
  std::string op_type;
  int64_t version = 0;  ///< the opset of `domain` that the model asks for
  const Operator* op = nullptr;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  Attributes attributes;
  std::vector<std::string> subgraph_names;  ///< the attribute of each subgraph
  std::vector<std::shared_ptr<const Graph>> subgraphs;
};

using NodePointer = std::shared_ptr<const Node>;

/// A sequence of nodes in an order in which every value is made before it is used.
struct Graph {
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<NodePointer> nodes;
};

/// An input or output as the model declares it.
struct Declaration {
  std::string name;
  DType dtype = DType::undefined;
  SymbolicShape shape;
};

/// A whole model: the table of values that all its graphs share, and the outermost graph.
struct Module {
  std::vector<Value> values;
  Graph graph;
  std::vector<Declaration> inputs;   ///< of the outermost graph, in its order
  std::vector<Declaration> outputs;  ///< likewise
  std::vector<std::string> symbols;  ///< the names of symbolic dimensions, by Dim::symbol()
  std::map<std::string, int64_t, std::less<>> opsets;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::string producer;
  std::string graph_name;
  int64_t ir_version = 0;
  std::shared_ptr<const void> source;  ///< keeps the bytes alive that constants are views of

  /// The symbol of that name, made on first use.
  int32_t symbol(std::string_view name);
};

/// What the constants take in memory now: those that kernels have packed need not be there.
uint64_t resident_constant_bytes(const Module& module);

/// The values a graph reads but neither makes nor receives: those it captures from outer graphs, each once.
std::vector<ValueId> captured_values(const Graph& graph);

/// Calls visit(ValueId) for every value the node reads, its subgraphs' captures included; absent inputs are left out.
template <typename Visit>
void for_each_use(const Node& node, Visit visit) {
  for (const ValueId id : node.inputs) {
    if (id != no_value) visit(id);
  }
  for (const auto& subgraph : node.subgraphs) {
    for (const ValueId id : captured_values(*subgraph)) visit(id);
  }
}

}  // namespace wedge
