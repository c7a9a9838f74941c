// The operators and types that this build has: all, or what the models take that it was made for
// (cmake/WedgeOperators.cmake). Code that only the rest would reach is left out by asking here while compiling, or is
// not linked because nothing names it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "built_in_lists.h"
#include "wedge/dtype.h"

namespace wedge::built_in {

constexpr bool is_among(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether operators of that name can be run.
constexpr bool runs(std::string_view op_type) { return lists::run.empty() || is_among(op_type, lists::run); }

/// Whether tensors of that type can be made.
constexpr bool has_type(DType dtype) {
  while (wedge::is_container(dtype)) dtype = element_type(dtype);
  return lists::types == 0 || ((lists::types >> static_cast<unsigned>(dtype)) & 1U) != 0;
}

/// Whether tensors can have elements of so many bytes; 0 stands for less than one.
constexpr bool has_width(size_t bytes) {
  for (unsigned number = 1; number <= static_cast<unsigned>(DType::i2); ++number) {
    const auto dtype = static_cast<DType>(number);
    if (byte_width(dtype) == bytes && has_type(dtype)) return true;
  }
  return false;
}

}  // namespace wedge::built_in
