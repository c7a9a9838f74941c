// Tensors: typed n-dimensional arrays that own their memory, share it, or look at the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "wedge/dtype.h"
#include "wedge/error.h"
#include "wedge/shape.h"

namespace wedge {

/// An n-dimensional array. Copying a Tensor copies the handle: the elements are shared, as are those of the tensors
/// made by slice(), reshape() and transpose(). Reading the same elements from several threads is safe; writing needs
/// the caller's own order.
class Tensor {
 public:
  /// No tensor: dtype() is undefined.
  Tensor() = default;

  /// Uninitialised memory of its own (strings start empty), 64-byte aligned. Errors: out_of_range, out_of_memory.
  static Result<Tensor> allocate(DType dtype, const Shape& shape);
  /// As allocate(), every byte zero.
  static Result<Tensor> zeros(DType dtype, const Shape& shape);
  /// A copy of `values` in row-major order; for strings the characters are copied too.
  /// Error: invalid_argument when the count is not shape.numel().
  template <Element T>
  static Result<Tensor> from(std::span<const T> values, const Shape& shape) {
    return copy_of(dtype_of<T>, std::as_bytes(values), shape);
  }
  template <Element T>
  static Result<Tensor> from(std::initializer_list<T> values, const Shape& shape) {
    return copy_of(dtype_of<T>, std::as_bytes(std::span<const T>(values)), shape);
  }
  /// A rank-0 tensor holding one element.
  template <Element T>
  static Result<Tensor> scalar(T value) {
    return from(std::span<const T>(&value, 1), Shape{});
  }
  /// A sequence, or an optional that holds `value` unless that is empty. They share the elements' memory and are
  /// read-only. Error: invalid_argument when an element is not of the type `element`.
  static Result<Tensor> sequence(DType element, std::vector<Tensor> values);
  static Result<Tensor> optional(DType element, Tensor value);
  /// As those, by the container's own type.
  static Result<Tensor> container(DType dtype, std::vector<Tensor> values);
  /// Looks at the caller's memory, which must outlive every Tensor that shares it. Const memory makes a read-only
  /// tensor. Error: invalid_argument when the count is not shape.numel().
  template <typename T>
    requires Element<std::remove_const_t<T>>
  static Result<Tensor> wrap(std::span<T> values, const Shape& shape) {
    return wrap_bytes(dtype_of<T>, {reinterpret_cast<const std::byte*>(values.data()), values.size_bytes()}, shape,
                      std::is_const_v<T>, nullptr);
  }
  /// Looks at raw little-endian bytes, kept alive by `owner` when there is one, else by the caller.
  /// Error: invalid_argument when the size is not what dtype and shape ask for.
  static Result<Tensor> wrap_bytes(DType dtype, std::span<const std::byte> bytes, const Shape& shape, bool read_only,
                                   std::shared_ptr<const void> owner);

  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] size_t rank() const { return shape_.rank(); }
  [[nodiscard]] int64_t numel() const { return shape_.numel(); }
  /// Distance between neighbours along an axis, in elements; may be zero or negative.
  [[nodiscard]] std::span<const int64_t> strides() const { return {strides_.data(), shape_.rank()}; }
  /// Elements lie in row-major order without gaps.
  [[nodiscard]] bool is_dense() const;
  [[nodiscard]] bool is_read_only() const { return read_only_; }
  [[nodiscard]] bool empty() const { return dtype_ == DType::undefined; }
  /// The memory lives as long as a Tensor that shares it; else the caller keeps it alive.
  [[nodiscard]] bool owns_memory() const { return owner_ != nullptr; }

  /// The elements, row-major. Errors: invalid_argument when T is not the dtype or the tensor is not dense.
  template <Element T>
  [[nodiscard]] Result<std::span<const T>> view() const {
    if (auto checked = check_view(dtype_of<T>, false); !checked) return std::unexpected(std::move(checked).error());
    return std::span<const T>(reinterpret_cast<const T*>(data_), static_cast<size_t>(numel()));
  }
  /// As view(), writable. Error also when the tensor is read-only.
  template <Element T>
  [[nodiscard]] Result<std::span<T>> mutable_view() {
    if (auto checked = check_view(dtype_of<T>, true); !checked) return std::unexpected(std::move(checked).error());
    return std::span<T>(reinterpret_cast<T*>(data_), static_cast<size_t>(numel()));
  }
  /// The elements of a sequence or optional; none for other tensors.
  [[nodiscard]] std::span<const Tensor> elements() const;
  /// The memory of a dense tensor, empty when it is not dense or a container.
  [[nodiscard]] std::span<const std::byte> bytes() const;
  [[nodiscard]] std::span<std::byte> mutable_bytes();
  /// The address of the first element, whatever the strides.
  [[nodiscard]] const std::byte* data() const { return data_; }

  /// Elements start, start + step … before stop along one axis, sharing memory. Negative start, stop and axis count
  /// from the end; out-of-range bounds clamp; step may be negative but not 0. Error: invalid_argument.
  [[nodiscard]] Result<Tensor> slice(int64_t axis, int64_t start, int64_t stop, int64_t step = 1) const;
  /// The same elements in another shape, sharing memory when dense, else a dense copy. One dimension may be -1.
  /// Error: invalid_argument when the counts differ.
  [[nodiscard]] Result<Tensor> reshape(std::span<const int64_t> dims) const;
  [[nodiscard]] Result<Tensor> reshape(std::initializer_list<int64_t> dims) const {
    return reshape(std::span<const int64_t>(dims));
  }
  /// Axis i of the result is axis permutation[i] of this tensor; empty reverses the axes. Shares memory.
  [[nodiscard]] Result<Tensor> transpose(std::span<const int64_t> permutation = {}) const;
  [[nodiscard]] Result<Tensor> transpose(std::initializer_list<int64_t> permutation) const {
    return transpose(std::span<const int64_t>(permutation));
  }
  /// Repeats dimensions of 1 (stride 0) and adds leading ones until the shape is `shape`. Shares memory, read-only.
  [[nodiscard]] Result<Tensor> broadcast_to(const Shape& shape) const;
  /// This tensor when it is dense, else a dense copy.
  [[nodiscard]] Result<Tensor> dense() const;
  /// A dense, writable copy with memory of its own. Containers stay read-only and share what is not the caller's.
  [[nodiscard]] Result<Tensor> clone() const;

 private:
  static Result<Tensor> copy_of(DType dtype, std::span<const std::byte> bytes, const Shape& shape);
  [[nodiscard]] Result<> check_view(DType wanted, bool writing) const;
  [[nodiscard]] Result<size_t> axis_index(int64_t axis) const;

  std::shared_ptr<const void> owner_;
  std::byte* data_ = nullptr;
  Shape shape_;
  std::array<int64_t, Shape::max_rank> strides_{};
  DType dtype_ = DType::undefined;
  bool read_only_ = false;
};

}  // namespace wedge
