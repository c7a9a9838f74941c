// What passes that look for patterns of float arithmetic share.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "graph/patch.h"
#include "passes/uses.h"

namespace wedge {

/// A value together with the constant number that an operator combines it with.
struct WithNumber {
  ValueId value = no_value;
  float number = 0;
};

class Match {
 public:
  Match(const std::vector<Value>& values, const Graph& graph) : values_(values), graph_(graph), uses_(graph) {}

  [[nodiscard]] const Uses& uses() const { return uses_; }
  [[nodiscard]] const Value& value(ValueId id) const { return values_[id]; }
  [[nodiscard]] bool is_floats(ValueId id) const { return id != no_value && values_[id].dtype == DType::f32; }

  /// The node of ai.onnx that makes the value, if it is this operator; else null.
  [[nodiscard]] const Node* maker(ValueId id, std::string_view op_type) const;
  /// The node of ai.onnx that alone reads the value, if it is this operator.
  [[nodiscard]] const Node* reader(ValueId id, std::string_view op_type) const;

  /// The only element of a constant of floats.
  [[nodiscard]] std::optional<float> number(ValueId id) const;
  /// The elements of a constant of integers that is an attribute in old opsets and an input in newer ones.
  [[nodiscard]] std::optional<std::vector<int64_t>> integers(const Node& node, std::string_view attribute,
                                                             size_t input) const;
  /// The operand of a node with two that is not `id`.
  [[nodiscard]] static ValueId other(const Node& node, ValueId id) {
    return node.inputs[0] == id ? node.inputs[1] : node.inputs[0];
  }
  /// The operands of a node with one constant number that leaves the shape of the other as it is. For operators whose
  /// operands may be exchanged, unless `number_second`.
  [[nodiscard]] std::optional<WithNumber> with_number(const Node& node, bool number_second = false) const;
  /// The same for the node that makes `id`, when it is this operator.
  [[nodiscard]] std::optional<WithNumber> with_number(ValueId id, std::string_view op_type) const;
  /// x, when `id` is x * x or x to the power of two.
  [[nodiscard]] std::optional<ValueId> squared(ValueId id) const;
  /// A factor such that `id` is the other value times it: from Mul or Div by a number, else 1.
  [[nodiscard]] WithNumber product(ValueId id) const;

  /// The value is one number for each element of the last axis, `columns` of them, for all rows the same.
  [[nodiscard]] bool is_row(ValueId id, Dim columns) const;

  /// The index of the node that makes the value.
  [[nodiscard]] size_t position(ValueId id) const { return uses_.maker(id); }

 private:
  [[nodiscard]] const Node* plain_node(size_t at, std::string_view op_type) const;

  const std::vector<Value>& values_;
  const Graph& graph_;
  Uses uses_;
};

/// A node takes the place of a chain of them, at the last one's.
void replace_chain(Patch& patch, const Match& match, std::span<const Node* const> chain, Node by);

constexpr bool is_half(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16; }

/// Equal up to what constants in model files are rounded by.
bool is_near(float number, float expected);

/// The dimension of the last axis; unknown without one.
Dim last_dim(const SymbolicShape& shape);

/// A node that takes the place of `replaced`, making the same outputs.
Node made_node(const Node& replaced, std::string_view domain, std::string_view op_type, int64_t version,
               std::vector<ValueId> inputs, std::vector<Attribute> attributes = {});

}  // namespace wedge
