// The attributes of a node, read by name and checked by type.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "wedge/error.h"
#include "wedge/tensor.h"

namespace wedge {

struct Attribute {
  using Value = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>,
                             std::vector<std::string>, Tensor, std::vector<Tensor>, DType>;
  std::string name;
  Value value;
};

/// A node's attributes. Subgraphs are not here but in Node::subgraphs.
class Attributes {
 public:
  Attributes() = default;
  explicit Attributes(std::vector<Attribute> attributes) : attributes_(std::move(attributes)) {}

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] const Attribute* find(std::string_view name) const;
  [[nodiscard]] std::span<const Attribute> all() const { return attributes_; }

  // Each returns the default when the attribute is absent and an invalid_model Error when it has another type.
  [[nodiscard]] Result<int64_t> integer(std::string_view name, int64_t absent) const;
  [[nodiscard]] Result<bool> flag(std::string_view name, bool absent) const;
  [[nodiscard]] Result<float> number(std::string_view name, float absent) const;
  [[nodiscard]] Result<std::string_view> string(std::string_view name, std::string_view absent) const;
  // Each returns an empty list when the attribute is absent.
  [[nodiscard]] Result<std::span<const int64_t>> integers(std::string_view name) const;
  [[nodiscard]] Result<std::span<const float>> numbers(std::string_view name) const;
  [[nodiscard]] Result<std::span<const std::string>> strings(std::string_view name) const;
  /// Null when the attribute is absent.
  [[nodiscard]] Result<const Tensor*> tensor(std::string_view name) const;
  /// Undefined when the attribute is absent, or names a type that no tensor has.
  [[nodiscard]] Result<DType> type(std::string_view name) const;
  /// The element type with the ONNX number of the attribute. Error also when no tensor has that type, or when the
  /// attribute is absent and `absent` is undefined.
  [[nodiscard]] Result<DType> dtype(std::string_view name, DType absent) const;
  /// An Error when the attribute is absent.
  [[nodiscard]] Result<int64_t> required_integer(std::string_view name) const;

 private:
  std::vector<Attribute> attributes_;
};

}  // namespace wedge
