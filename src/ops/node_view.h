// A node and what is known of its inputs: the part that shape rules and prepare share.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace wedge {

struct InputInfo {
  bool present = false;
  DType dtype = DType::undefined;
  SymbolicShape shape;
  const Constant* value = nullptr;  ///< the elements where they are known, else null
  ValueId weight = no_value;        ///< the value's id when it is a constant of the model
};

class NodeView {
 public:
  NodeView(const Node& node, std::span<const InputInfo> inputs) : node_(node), inputs_(inputs) {}

  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] const Attributes& attributes() const { return node_.attributes; }
  /// The opset version of the node's domain.
  [[nodiscard]] int64_t version() const { return node_.version; }

  [[nodiscard]] size_t input_count() const { return inputs_.size(); }
  [[nodiscard]] bool has_input(size_t i) const { return i < inputs_.size() && inputs_[i].present; }
  [[nodiscard]] size_t output_count() const { return node_.outputs.size(); }
  [[nodiscard]] bool has_output(size_t i) const { return i < node_.outputs.size() && node_.outputs[i] != no_value; }

  [[nodiscard]] DType dtype(size_t i) const { return inputs_[i].dtype; }
  [[nodiscard]] const SymbolicShape& shape(size_t i) const { return inputs_[i].shape; }

  /// The elements of an input that decides shapes or meaning (Reshape's target, Slice's bounds), null when they are
  /// not known yet. At planning that is noted, and the planner sees to it that the value is known when it asks
  /// again, so that an operator never has to handle such inputs at run time.
  [[nodiscard]] const Tensor* value(size_t i) const;
  /// The elements of an input if they happen to be known: an opportunity (Gemm's weights), never a need.
  [[nodiscard]] const Tensor* constant(size_t i) const { return has_input(i) ? elements(i) : nullptr; }

  /// An input whose elements are known, else null.
  [[nodiscard]] const Constant* known(size_t i) const { return has_input(i) ? inputs_[i].value : nullptr; }

  /// The id of an input that is a constant of the model, else no_value.
  [[nodiscard]] ValueId weight_of(size_t i) const { return inputs_[i].weight; }

  /// value(i) as integers, whatever the integer type; nullopt when not known yet or absent.
  [[nodiscard]] Result<std::optional<std::vector<int64_t>>> integers(size_t i) const;
  /// value(i) as floats; nullopt when not known yet or absent.
  [[nodiscard]] Result<std::optional<std::vector<float>>> numbers(size_t i) const;
  /// A list that is an attribute in old opsets and input i in newer ones: the input where there is one. nullopt when
  /// the input is not known yet; an empty list when there is neither.
  [[nodiscard]] Result<std::optional<std::vector<int64_t>>> integers(std::string_view attribute, size_t i) const;

  /// An Error unless these inputs are there: those that follow optional ones are not checked by their number.
  [[nodiscard]] Result<> expect_present(std::initializer_list<size_t> inputs) const;
  /// An Error unless the input has one of these types (an absent input has).
  [[nodiscard]] Result<> expect_dtype(size_t i, std::initializer_list<DType> allowed) const;
  /// An Error unless both inputs have the same type.
  [[nodiscard]] Result<> expect_same_dtype(size_t i, size_t j) const;
  /// An Error unless the rank of the input is unknown or lies in [least, most].
  [[nodiscard]] Result<> expect_rank(size_t i, size_t least, size_t most) const;

  /// Inputs whose value() was asked for and not known.
  [[nodiscard]] std::span<const size_t> wanted() const { return wanted_; }

 private:
  [[nodiscard]] const Tensor* elements(size_t i) const;

  const Node& node_;
  std::span<const InputInfo> inputs_;
  mutable std::vector<Tensor> read_;  ///< by input: elements that were asked for
  mutable std::vector<size_t> wanted_;
};

/// `axis` counted from the front, or an Error when it is outside a tensor of that rank.
[[nodiscard]] Result<size_t> resolve_axis(int64_t axis, size_t rank);
/// resolve_axis for a list; an Error also when an axis is named twice.
[[nodiscard]] Result<std::vector<size_t>> resolve_axes(std::span<const int64_t> axes, size_t rank);

}  // namespace wedge
