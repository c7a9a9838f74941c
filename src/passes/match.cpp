#include "passes/match.h"

#include <cmath>

#include "ops/inference.h"
#include "tensor/tensor_ref.h"

namespace wedge {

const Node* Match::plain_node(size_t at, std::string_view op_type) const {
  if (at == Uses::npos) return nullptr;
  const Node& node = *graph_.nodes[at];
  return node.domain.empty() && node.op_type == op_type && node.outputs.size() == 1 ? &node : nullptr;
}

const Node* Match::maker(ValueId id, std::string_view op_type) const {
  return id == no_value ? nullptr : plain_node(uses_.maker(id), op_type);
}

const Node* Match::reader(ValueId id, std::string_view op_type) const {
  return plain_node(uses_.only_reader(id), op_type);
}

std::optional<float> Match::number(ValueId id) const {
  if (!is_floats(id)) return std::nullopt;
  const Constant& constant = values_[id].constant;
  if (constant.empty() || constant.numel() != 1) return std::nullopt;
  return TensorRef(constant.elements()).as<const float>()[0];
}

std::optional<std::vector<int64_t>> Match::integers(const Node& node, std::string_view attribute, size_t input) const {
  if (input < node.inputs.size() && node.inputs[input] != no_value) {
    const Tensor constant = values_[node.inputs[input]].constant.elements();
    if (constant.empty() || constant.dtype() != DType::i64) return std::nullopt;
    const auto elements = TensorRef(constant).as<const int64_t>();
    return std::vector<int64_t>(elements.begin(), elements.end());
  }
  const auto elements = node.attributes.integers(attribute);
  if (!elements) return std::nullopt;
  return std::vector<int64_t>(elements->begin(), elements->end());
}

std::optional<WithNumber> Match::with_number(const Node& node, bool number_second) const {
  if (node.inputs.size() != 2) return std::nullopt;
  for (const size_t i : {1, 0}) {
    if (number_second && i == 0) break;
    const ValueId operand = node.inputs[1 - i];
    const auto found = number(node.inputs[i]);
    if (!found || !is_floats(operand)) continue;
    const size_t rank = values_[node.inputs[i]].constant.shape().rank();
    const SymbolicShape& shape = values_[operand].shape;
    if (rank == 0 || (shape.has_rank() && rank <= shape.rank())) return WithNumber{operand, *found};
  }
  return std::nullopt;
}

std::optional<WithNumber> Match::with_number(ValueId id, std::string_view op_type) const {
  const Node* node = maker(id, op_type);
  if (node == nullptr) return std::nullopt;
  return with_number(*node, op_type == "Div" || op_type == "Sub" || op_type == "Pow");
}

std::optional<ValueId> Match::squared(ValueId id) const {
  const auto power = with_number(id, "Pow");
  if (power && power->number == 2) return power->value;
  const Node* product = maker(id, "Mul");
  if (product != nullptr && product->inputs[0] == product->inputs[1]) return product->inputs[0];
  return std::nullopt;
}

WithNumber Match::product(ValueId id) const {
  if (const auto factor = with_number(id, "Mul")) return *factor;
  const auto divisor = with_number(id, "Div");
  if (divisor && divisor->number != 0) return {divisor->value, 1 / divisor->number};
  return {id, 1};
}

bool Match::is_row(ValueId id, Dim columns) const {
  if (!is_floats(id) || !columns.is_known()) return false;
  const SymbolicShape& shape = values_[id].shape;
  return shape.has_rank() && shape.rank() == 1 && shape[0].is(columns.value());
}

bool is_near(float number, float expected) { return std::abs(number - expected) <= 1e-3F * std::abs(expected); }

Dim last_dim(const SymbolicShape& shape) {
  return shape.has_rank() && shape.rank() > 0 ? shape[shape.rank() - 1] : Dim::unknown();
}

void replace_chain(Patch& patch, const Match& match, std::span<const Node* const> chain, Node by) {
  const size_t last = match.position(chain.back()->outputs[0]);
  for (const Node* node : chain) patch.remove(match.position(node->outputs[0]));
  patch.insert(last, std::move(by));
}

Node made_node(const Node& replaced, std::string_view domain, std::string_view op_type, int64_t version,
               std::vector<ValueId> inputs, std::vector<Attribute> attributes) {
  Node made;
  made.name = replaced.name;
  made.domain = domain;
  made.op_type = op_type;
  made.version = version;
  made.op = find_operator(domain, op_type);
  made.inputs = std::move(inputs);
  made.outputs = replaced.outputs;
  made.attributes = Attributes(std::move(attributes));
  return made;
}

}  // namespace wedge
