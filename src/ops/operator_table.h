// The generated list of every operator built in.
#pragma once

#include <span>
#include <string_view>

namespace wedge {

struct Operator;

inline constexpr std::string_view domain_onnx = "";
inline constexpr std::string_view domain_ml = "ai.onnx.ml";
inline constexpr std::string_view domain_preview = "ai.onnx.preview";
inline constexpr std::string_view domain_training = "ai.onnx.preview.training";
inline constexpr std::string_view domain_microsoft = "com.microsoft";
/// What passes make of other operators; not for model files.
inline constexpr std::string_view domain_wedge = "wedge";

struct OperatorRow {
  std::string_view name;
  std::string_view domain;
  const Operator* definition;
};

/// Sorted by name.
std::span<const OperatorRow> operator_table();

}  // namespace wedge
