// Weights are packed from where they lie in a model's file, at any alignment.
#pragma once

#include <cstddef>
#include <cstring>

namespace wedge::kernels {

/// *from, which need not be aligned.
template <typename T>
T read_unaligned(const T* from) {
  T value;
  // Of bytes, which unlike T may lie anywhere.
  std::memcpy(&value, reinterpret_cast<const std::byte*>(from), sizeof value);
  return value;
}

}  // namespace wedge::kernels
