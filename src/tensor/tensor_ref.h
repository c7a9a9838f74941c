// A tensor as kernels and operators see it: dense, row-major, not owned.
#pragma once

#include <cstddef>
#include <span>

#include "wedge/tensor.h"

namespace wedge {

/// Bytes of `count` elements, which have been checked to fit memory; those of fewer than eight bits are packed.
[[nodiscard]] size_t byte_size_of(DType dtype, int64_t count);

struct TensorRef {
  DType dtype = DType::undefined;
  Shape shape;
  std::byte* data = nullptr;

  TensorRef() = default;
  TensorRef(DType dtype, const Shape& shape, std::byte* data) : dtype(dtype), shape(shape), data(data) {}
  /// The tensor must be dense.
  explicit TensorRef(const Tensor& tensor)
      : dtype(tensor.dtype()), shape(tensor.shape()), data(const_cast<std::byte*>(tensor.data())) {}

  [[nodiscard]] int64_t numel() const { return shape.numel(); }
  [[nodiscard]] size_t byte_size() const { return byte_size_of(dtype, numel()); }
  [[nodiscard]] std::span<std::byte> bytes() const { return {data, byte_size()}; }
  /// The elements as T; the caller has checked the dtype.
  template <typename T>
  [[nodiscard]] std::span<T> as() const {
    return {reinterpret_cast<T*>(data), static_cast<size_t>(numel())};
  }
  /// A tensor with memory of its own. Error: out_of_memory.
  [[nodiscard]] Result<Tensor> copy() const;
};

}  // namespace wedge
