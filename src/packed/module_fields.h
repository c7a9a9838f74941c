// What a packed model says of a module, field by field: written once, for both directions.
#pragma once

#include "graph/graph.h"
#include "packed/archive.h"

namespace wedge::packed {

template <typename Archive>
Result<> shape_fields(Archive& archive, auto& shape) {
  bool has_rank = shape.has_rank();
  WEDGE_TRY(archive(has_rank));
  if (!has_rank) return {};
  auto rank = static_cast<uint8_t>(shape.rank());
  WEDGE_TRY(archive(rank));
  if constexpr (Archive::reads) {
    if (rank > Shape::max_rank) return fail(ErrorCode::invalid_model, "a rank of ", int{rank}, " in the packed model");
    shape = SymbolicShape::of_rank(rank);
  }
  for (size_t axis = 0; axis < rank; ++axis) {
    int64_t value = shape[axis].value();
    int32_t symbol = shape[axis].symbol();
    WEDGE_TRY(archive(value));
    WEDGE_TRY(archive(symbol));
    if constexpr (Archive::reads) shape[axis] = value >= 0 ? Dim(value) : symbol >= 0 ? Dim::symbol(symbol) : Dim();
  }
  return {};
}

/// Name, type and shape, of values and declarations.
template <typename Archive>
Result<> typed_fields(Archive& archive, auto& value) {
  WEDGE_TRY(archive(value.name));
  WEDGE_TRY(archive(value.dtype));
  return shape_fields(archive, value.shape);
}

/// The alternative of that number, read or written.
template <size_t index, typename Archive>
Result<> alternative_fields(Archive& archive, uint8_t chosen, auto& value) {
  using Value = Attribute::Value;
  if constexpr (index == std::variant_size_v<Value>) {
    return fail(ErrorCode::invalid_model, "an attribute of the packed model has no type");
  } else {
    if (index != chosen) return alternative_fields<index + 1>(archive, chosen, value);
    if constexpr (Archive::reads) value.template emplace<index>();
    auto& held = std::get<index>(value);
    if constexpr (requires { archive(held); }) {
      return archive(held);
    } else {
      return list(archive, held);
    }
  }
}

template <typename Archive>
Result<> attribute_fields(Archive& archive, auto& attribute) {
  WEDGE_TRY(archive(attribute.name));
  auto chosen = static_cast<uint8_t>(attribute.value.index());
  WEDGE_TRY(archive(chosen));
  return alternative_fields<0>(archive, chosen, attribute.value);
}

template <typename Archive>
Result<> graph_fields(Archive& archive, auto& graph);

template <typename Archive>
Result<> attributes_fields(Archive& archive, auto& node) {
  if constexpr (Archive::reads) {
    std::vector<Attribute> attributes;
    WEDGE_TRY(list(archive, attributes, [&](Attribute& attribute) { return attribute_fields(archive, attribute); }));
    node.attributes = Attributes(std::move(attributes));
    return {};
  } else {
    const auto attributes = node.attributes.all();
    return list(archive, attributes, [&](const Attribute& attribute) { return attribute_fields(archive, attribute); });
  }
}

template <typename Archive>
Result<> node_fields(Archive& archive, auto& node) {
  WEDGE_TRY(archive(node.name));
  WEDGE_TRY(archive(node.domain));
  WEDGE_TRY(archive(node.op_type));
  WEDGE_TRY(archive(node.version));
  WEDGE_TRY(list(archive, node.inputs));
  WEDGE_TRY(list(archive, node.outputs));
  WEDGE_TRY(attributes_fields(archive, node));
  WEDGE_TRY(list(archive, node.subgraph_names));
  return list(archive, node.subgraphs, [&](auto& subgraph) -> Result<> {
    if constexpr (Archive::reads) {
      Graph graph;
      WEDGE_TRY(graph_fields(archive, graph));
      subgraph = std::make_shared<const Graph>(std::move(graph));
      return {};
    } else {
      return graph_fields(archive, *subgraph);
    }
  });
}

template <typename Archive>
Result<> graph_fields(Archive& archive, auto& graph) {
  if constexpr (Archive::reads) {
    if (archive.depth == Archive::deepest) return fail(ErrorCode::invalid_model, "graphs are nested too deeply");
    ++archive.depth;
  }
  WEDGE_TRY(list(archive, graph.inputs));
  WEDGE_TRY(list(archive, graph.outputs));
  WEDGE_TRY(list(archive, graph.nodes, [&](auto& node) -> Result<> {
    if constexpr (Archive::reads) {
      Node read;
      WEDGE_TRY(node_fields(archive, read));
      node = std::make_shared<const Node>(std::move(read));
      return {};
    } else {
      return node_fields(archive, *node);
    }
  }));
  if constexpr (Archive::reads) --archive.depth;
  return {};
}

/// All of a module but its constants.
template <typename Archive>
Result<> module_fields(Archive& archive, auto& module) {
  WEDGE_TRY(archive(module.producer));
  WEDGE_TRY(archive(module.graph_name));
  WEDGE_TRY(archive(module.ir_version));
  WEDGE_TRY(list(archive, module.symbols));
  std::vector<std::pair<std::string, int64_t>> opsets(module.opsets.begin(), module.opsets.end());
  WEDGE_TRY(list(archive, opsets, [&](auto& opset) -> Result<> {
    WEDGE_TRY(archive(opset.first));
    return archive(opset.second);
  }));
  if constexpr (Archive::reads) module.opsets = {opsets.begin(), opsets.end()};
  WEDGE_TRY(list(archive, module.metadata, [&](auto& entry) -> Result<> {
    WEDGE_TRY(archive(entry.first));
    return archive(entry.second);
  }));
  const auto typed = [&](auto& value) { return typed_fields(archive, value); };
  WEDGE_TRY(list(archive, module.values, typed));
  WEDGE_TRY(list(archive, module.inputs, typed));
  WEDGE_TRY(list(archive, module.outputs, typed));
  return graph_fields(archive, module.graph);
}

}  // namespace wedge::packed
