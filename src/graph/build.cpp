#include "graph/build.h"

#include "base/built_in_parts.h"
#include "base/name_map.h"
#include "base/result.h"
#include "base/seldom.h"
#include "graph/build_attribute.h"
#include "graph/node_order.h"
#include "onnx/tensor_data.h"

namespace wedge {
namespace {

// Inlining makes a model larger than its file; these bound what a hostile one can ask for.
constexpr int deepest_call = 64;
constexpr size_t most_nodes = size_t{1} << 17U;

using OpsetVersions = std::map<std::string, int64_t, std::less<>>;

std::string_view normal_domain(std::string_view domain) { return domain == "ai.onnx" ? "" : domain; }

OpsetVersions opset_versions(const std::vector<onnx::OperatorSetIdProto>& imports) {
  OpsetVersions versions;
  for (const auto& import : imports) versions[std::string(normal_domain(import.domain))] = import.version;
  return versions;
}

constexpr bool has_functions = built_in::has_part("functions");

// Names visible at a point of a graph, those of the graphs around it included.
struct Scope {
  const Scope* outer = nullptr;
  NameMap names;

  [[nodiscard]] const ValueId* find(std::string_view name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->outer) {
      if (const ValueId* found = scope->names.find(name)) return found;
    }
    return nullptr;
  }
};

// A function body being inlined: its opsets, and the attributes of the call that its nodes refer to.
struct Call {
  const OpsetVersions& opsets;
  const onnx::NodeProto* node = nullptr;
  const onnx::FunctionProto* function = nullptr;
  const Call* caller = nullptr;
  std::string prefix;
  int depth = 0;
};

const onnx::AttributeProto* find_attribute(const std::vector<onnx::AttributeProto>& attributes, std::string_view name) {
  for (const auto& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

class Builder {
 public:
  Builder(const onnx::Model& model, const onnx::DataSource& source, OperatorLookup find_operator)
      : model_(model), source_(source), find_operator_(find_operator) {}

  Result<Module> build() {
    const OpsetVersions opsets = opset_versions(model_.opset_import);
    module_.opsets = opsets;
    module_.ir_version = model_.ir_version;
    module_.producer = model_.producer_name;
    module_.graph_name = model_.graph.name;
    for (const auto& entry : model_.metadata_props) module_.metadata.emplace_back(entry.key, entry.value);
    module_.source = source_.owner();
    const Call top{.opsets = opsets};
    Scope scope;
    WEDGE_ASSIGN(module_.graph, build_graph(model_.graph, scope, top));
    for (const ValueId id : module_.graph.inputs) {
      const Value& value = module_.values[id];
      if (value.dtype == DType::undefined) {
        return fail(ErrorCode::unsupported, "input '", value.name, "' is not a tensor of a supported type");
      }
      module_.inputs.push_back({.name = value.name, .dtype = value.dtype, .shape = value.shape});
    }
    for (const auto& output : model_.graph.output) {
      Declaration& declared = module_.outputs.emplace_back();
      declared.name = output.name;
      WEDGE_TRY(declare(output.type, declared.dtype, declared.shape));
    }
    return std::move(module_);
  }

 private:
  ValueId add_value(std::string name) {
    module_.values.push_back({.name = std::move(name), .dtype = DType::undefined, .shape = {}, .constant = {}});
    return static_cast<ValueId>(module_.values.size() - 1);
  }

  Result<> declare(const onnx::TypeProto& type, DType& dtype, SymbolicShape& shape) {
    dtype = onnx::to_dtype(type);
    if (type.kind != onnx::TypeProto::Kind::tensor || !type.shape) return {};
    if (type.shape->size() > Shape::max_rank) {
      return fail(ErrorCode::unsupported, "rank ", type.shape->size(), " exceeds the largest supported, ",
                  Shape::max_rank);
    }
    shape = SymbolicShape::of_rank(type.shape->size());
    for (size_t axis = 0; axis < shape.rank(); ++axis) {
      const onnx::Dimension& dim = (*type.shape)[axis];
      if (dim.dim_value && *dim.dim_value >= 0) {
        shape[axis] = *dim.dim_value;
      } else if (!dim.dim_param.empty()) {
        shape[axis] = Dim::symbol(module_.symbol(dim.dim_param));
      }
    }
    return {};
  }

  Result<> define(Scope& scope, std::string_view name, ValueId id) {
    if (!scope.names.insert(name, id)) {
      return fail(ErrorCode::invalid_model, "the name '", name, "' is defined twice");
    }
    return {};
  }

  Result<> add_constant(Scope& scope, std::string_view name, const std::string& prefix, Constant elements) {
    const ValueId id = add_value(prefix + std::string(name));
    Value& value = module_.values[id];
    value.dtype = elements.dtype();
    value.shape = elements.shape();
    value.constant = std::move(elements);
    return define(scope, name, id);
  }

  Result<Graph> build_graph(const onnx::GraphProto& proto, Scope& scope, const Call& call) {
    Graph graph;
    for (const auto& initializer : proto.initializer) {
      WEDGE_ASSIGN(Constant elements, onnx::to_constant(initializer, source_));
      WEDGE_TRY(add_constant(scope, initializer.name, call.prefix, std::move(elements)));
    }
    for (const auto& initializer : proto.sparse_initializer) {
      WEDGE_ASSIGN(Tensor elements, onnx::to_tensor(initializer, source_));
      WEDGE_TRY(add_constant(scope, initializer.values.name, call.prefix, std::move(elements)));
    }
    for (const auto& input : proto.input) {
      // An initialiser of that name is the input's value: IR 3 lists every initialiser here.
      if (scope.names.contains(input.name)) continue;
      const ValueId id = add_value(call.prefix + std::string(input.name));
      WEDGE_TRY(define(scope, input.name, id));
      WEDGE_TRY(declare(input.type, module_.values[id].dtype, module_.values[id].shape));
      graph.inputs.push_back(id);
    }
    WEDGE_TRY(build_nodes(proto.node, scope, call, graph));
    for (const auto& info : proto.value_info) {
      const ValueId* found = scope.names.find(info.name);
      if (found == nullptr) continue;
      Value& value = module_.values[*found];
      if (value.constant.empty() && !value.shape.has_rank()) WEDGE_TRY(declare(info.type, value.dtype, value.shape));
    }
    for (const auto& output : proto.output) {
      const ValueId* id = scope.find(output.name);
      if (id == nullptr) {
        return fail(ErrorCode::invalid_model, "the graph's output '", output.name, "' is not made by any node");
      }
      graph.outputs.push_back(*id);
      Value& value = module_.values[*id];
      if (value.constant.empty() && !value.shape.has_rank()) WEDGE_TRY(declare(output.type, value.dtype, value.shape));
    }
    return graph;
  }

  Result<> build_nodes(std::span<const onnx::NodeProto> nodes, Scope& scope, const Call& call, Graph& graph) {
    WEDGE_ASSIGN(const auto order, running_order(nodes));
    for (const size_t i : order) {
      const onnx::NodeProto& node = nodes[i];
      auto built = [&]() -> Result<> {
        const onnx::FunctionProto* function = has_functions ? find_function(node) : nullptr;
        if (has_functions && function != nullptr) {
          return inline_function(node, *function, scope, call, graph);
        }
        return build_node(node, scope, call, graph);
      }();
      if (!built) return std::unexpected(built.error().at_node(call.prefix + std::string(node.name), node.op_type));
    }
    return {};
  }

  [[nodiscard]] const onnx::FunctionProto* find_function(const onnx::NodeProto& node) const {
    for (const auto& function : model_.functions) {
      if (function.name == node.op_type && normal_domain(function.domain) == normal_domain(node.domain) &&
          function.overload == node.overload) {
        return &function;
      }
    }
    return nullptr;
  }

  Result<> count_node() {
    if (++node_count_ <= most_nodes) return {};
    return fail(ErrorCode::unsupported, "the model has more than ", most_nodes, " nodes");
  }

  static Result<ValueId> resolve(const Scope& scope, std::string_view name) {
    if (name.empty()) return no_value;
    const ValueId* id = scope.find(name);
    if (id == nullptr) {
      return fail(ErrorCode::invalid_model, "reads '", name, "', which no node, input or initializer makes");
    }
    return *id;
  }

  Result<> build_node(const onnx::NodeProto& proto, Scope& scope, const Call& call, Graph& graph) {
    if (++node_count_ > most_nodes)
      return fail(ErrorCode::unsupported, "the model has more than ", most_nodes, " nodes");
    Node node;
    node.name = call.prefix + std::string(proto.name);
    node.domain = normal_domain(proto.domain);
    node.op_type = proto.op_type;
    const auto version = call.opsets.find(node.domain);
    if (version == call.opsets.end()) {
      return fail(ErrorCode::invalid_model, "the model imports no opset of domain '",
                  node.domain.empty() ? "ai.onnx" : node.domain, "'");
    }
    node.version = version->second;
    node.op = find_operator_(node.domain, node.op_type);
    for (const auto name : proto.input) {
      WEDGE_ASSIGN(node.inputs.emplace_back(), resolve(scope, name));
    }
    std::vector<Attribute> attributes;
    for (const auto& attribute : proto.attribute) WEDGE_TRY(add_attribute(attribute, scope, call, node, attributes));
    node.attributes = Attributes(std::move(attributes));
    for (const auto name : proto.output) {
      const ValueId id = name.empty() ? no_value : add_value(call.prefix + std::string(name));
      node.outputs.push_back(id);
      if (id != no_value) WEDGE_TRY(define(scope, name, id));
    }
    graph.nodes.push_back(std::make_shared<const Node>(std::move(node)));
    return {};
  }

  // An attribute that refers to one of the function's takes the call's value, else the function's default; it is
  // left out when there is neither. The call's own attribute may refer to the caller's in turn.
  static const onnx::AttributeProto* follow(const onnx::AttributeProto& attribute, const Call*& call) {
    const onnx::AttributeProto* found = &attribute;
    while (found != nullptr && !found->ref_attr_name.empty() && call->function != nullptr) {
      const onnx::AttributeProto* given = find_attribute(call->node->attribute, found->ref_attr_name);
      if (given == nullptr) return find_attribute(call->function->attribute_proto, found->ref_attr_name);
      found = given;
      call = call->caller;
    }
    return found;
  }

  Result<> add_attribute(const onnx::AttributeProto& proto, Scope& scope, const Call& call, Node& node,
                         std::vector<Attribute>& attributes) {
    const Call* origin = &call;
    const onnx::AttributeProto* found = follow(proto, origin);
    if (found == nullptr) return {};
    if (found->type == onnx::AttributeType::graph) {
      Scope inner{.outer = &scope, .names = {}};
      WEDGE_ASSIGN(Graph subgraph, build_graph(found->graphs.front(), inner, call));
      node.subgraph_names.emplace_back(proto.name);
      node.subgraphs.push_back(std::make_shared<const Graph>(std::move(subgraph)));
      return {};
    }
    WEDGE_ASSIGN(auto attribute, build_attribute(*found, source_));
    if (!attribute) return {};
    attribute->name = proto.name;
    attributes.push_back(*std::move(attribute));
    return {};
  }

  WEDGE_SELDOM Result<> inline_function(const onnx::NodeProto& node, const onnx::FunctionProto& function, Scope& scope,
                                        const Call& caller, Graph& graph) {
    if (caller.depth == deepest_call) {
      return fail(ErrorCode::invalid_model, "functions call one another more than ", deepest_call, " deep");
    }
    if (node.input.size() > function.input.size() || node.output.size() > function.output.size()) {
      return fail(ErrorCode::invalid_model, "calls function '", function.name, "' with ", node.input.size(),
                  " inputs and ", node.output.size(), " outputs; it has ", function.input.size(), " and ",
                  function.output.size());
    }
    WEDGE_TRY(count_node());
    Scope body;
    for (size_t i = 0; i < function.input.size(); ++i) {
      WEDGE_ASSIGN(const ValueId id, i < node.input.size() ? resolve(scope, node.input[i]) : Result<ValueId>(no_value));
      WEDGE_TRY(define(body, function.input[i], id));
    }
    const OpsetVersions opsets = opset_versions(function.opset_import);
    const std::string_view label = node.name.empty() ? node.op_type : node.name;
    const Call call{.opsets = opsets,
                    .node = &node,
                    .function = &function,
                    .caller = &caller,
                    .prefix = caller.prefix + std::string(label) + "/",
                    .depth = caller.depth + 1};
    WEDGE_TRY(build_nodes(function.node, body, call, graph));
    for (size_t i = 0; i < node.output.size(); ++i) {
      if (node.output[i].empty()) continue;
      const ValueId* id = body.find(function.output[i]);
      if (id == nullptr) {
        return fail(ErrorCode::invalid_model, "function '", function.name, "' does not make its output '",
                    function.output[i], "'");
      }
      WEDGE_TRY(define(scope, node.output[i], *id));
    }
    return {};
  }

  const onnx::Model& model_;
  const onnx::DataSource& source_;
  OperatorLookup find_operator_;
  Module module_;
  size_t node_count_ = 0;
};

}  // namespace

Result<Module> build_module(const onnx::Model& model, const onnx::DataSource& source, OperatorLookup find_operator) {
  return Builder(model, source, find_operator).build();
}

}  // namespace wedge
