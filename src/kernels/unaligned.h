// Weights are packed from where they lie in a model's file, at any alignment.
#pragma once

#include <cstring>

namespace wedge::kernels {

/// *from, which need not be aligned.
template <typename T>
T read_unaligned(const T* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace wedge::kernels
