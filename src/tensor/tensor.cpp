#include "wedge/tensor.h"

#include <algorithm>
#include <cstring>

#include "base/aligned_buffer.h"
#include "base/built_in_parts.h"
#include "base/result.h"
#include "tensor/strides.h"
#include "tensor/tensor_ref.h"

namespace wedge {
namespace {

struct OwnedMemory {
  std::shared_ptr<const void> owner;
  std::byte* data = nullptr;
};

Result<OwnedMemory> allocate_memory(size_t size) {
  auto buffer = AlignedBuffer::allocate(std::max<size_t>(size, 1));
  std::byte* data = buffer.data();
  if (data == nullptr) return fail(ErrorCode::out_of_memory, "no memory for a tensor of ", size, " bytes");
  return OwnedMemory{.owner = std::make_shared<const AlignedBuffer>(std::move(buffer)), .data = data};
}

}  // namespace

Result<Tensor> Tensor::allocate(DType dtype, const Shape& shape) {
  if (dtype == DType::undefined) return fail(ErrorCode::invalid_argument, "a tensor needs an element type");
  if (is_container(dtype)) return fail(ErrorCode::invalid_argument, "a ", dtype, " is made of its elements");
  WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype, shape));
  WEDGE_ASSIGN(auto memory, allocate_memory(size));
  // An all-zero std::string_view is an empty one; unset elements must never be followed.
  if (dtype == DType::string) std::memset(memory.data, 0, size);
  Tensor tensor;
  tensor.owner_ = std::move(memory.owner);
  tensor.data_ = memory.data;
  tensor.shape_ = shape;
  tensor.strides_ = dense_strides(shape);
  tensor.dtype_ = dtype;
  return tensor;
}

Result<Tensor> Tensor::zeros(DType dtype, const Shape& shape) {
  WEDGE_ASSIGN(Tensor tensor, allocate(dtype, shape));
  std::ranges::fill(tensor.mutable_bytes(), std::byte{0});
  return tensor;
}

Result<Tensor> Tensor::wrap_bytes(DType dtype, std::span<const std::byte> bytes, const Shape& shape, bool read_only,
                                  std::shared_ptr<const void> owner) {
  if (is_container(dtype)) return fail(ErrorCode::invalid_argument, "a ", dtype, " is made of its elements");
  WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype, shape));
  if (size != bytes.size()) {
    return fail(ErrorCode::invalid_argument, "a ", dtype, " tensor of shape ", shape, " takes ", size, " bytes, got ",
                bytes.size());
  }
  Tensor tensor;
  tensor.owner_ = std::move(owner);
  tensor.data_ = const_cast<std::byte*>(bytes.data());
  tensor.shape_ = shape;
  tensor.strides_ = dense_strides(shape);
  tensor.dtype_ = dtype;
  tensor.read_only_ = read_only;
  return tensor;
}

Result<Tensor> Tensor::copy_of(DType dtype, std::span<const std::byte> bytes, const Shape& shape) {
  WEDGE_ASSIGN(const Tensor source, wrap_bytes(dtype, bytes, shape, true, nullptr));
  return source.clone();
}

bool Tensor::is_dense() const {
  if (numel() == 0) return true;
  int64_t expected = 1;
  for (size_t axis = rank(); axis-- > 0;) {
    if (shape_[axis] != 1 && strides_[axis] != expected) return false;
    expected *= shape_[axis];
  }
  return true;
}

size_t byte_size_of(DType dtype, int64_t count) {
  // Bits, which a size of 32 bits cannot count for each size of memory.
  return static_cast<size_t>((static_cast<uint64_t>(count) * bit_width(dtype) + 7) / 8);
}

std::span<const std::byte> Tensor::bytes() const {
  if (empty() || !is_dense()) return {};
  return {data_, byte_size_of(dtype_, numel())};
}

std::span<std::byte> Tensor::mutable_bytes() {
  if (read_only_) return {};
  const auto dense_bytes = bytes();
  return {data_, dense_bytes.size()};
}

Result<> Tensor::check_view(DType wanted, bool writing) const {
  if (wanted != dtype_) {
    return fail(ErrorCode::invalid_argument, "the tensor holds ", dtype_, ", not ", wanted);
  }
  if (!is_dense()) return fail(ErrorCode::invalid_argument, "the tensor is strided; take dense() of it first");
  if (writing && read_only_)
    return fail(ErrorCode::invalid_argument, "the tensor is read-only; take clone() of it first");
  return {};
}

Result<size_t> Tensor::axis_index(int64_t axis) const {
  const auto count = static_cast<int64_t>(rank());
  if (axis < -count || axis >= count) {
    return fail(ErrorCode::invalid_argument, "axis ", axis, " is outside a tensor of rank ", count);
  }
  return static_cast<size_t>(axis < 0 ? axis + count : axis);
}

Result<Tensor> Tensor::slice(int64_t axis, int64_t start, int64_t stop, int64_t step) const {
  WEDGE_ASSIGN(const size_t a, axis_index(axis));
  if (step == 0) return fail(ErrorCode::invalid_argument, "a slice needs a step other than 0");
  if (is_packed(dtype_) || is_container(dtype_)) {
    return fail(ErrorCode::unsupported, "a ", dtype_, " cannot be sliced without copying");
  }
  const int64_t dim = shape_[a];
  // Bounds count from the end when negative and clamp to what the direction can reach.
  const int64_t low = step > 0 ? 0 : -1;
  const int64_t high = step > 0 ? dim : dim - 1;
  const auto bound = [&](int64_t index) { return std::clamp(index < 0 ? index + dim : index, low, high); };
  const int64_t first = bound(start);
  const int64_t last = bound(stop);
  const int64_t distance = step > 0 ? last - first : first - last;
  const int64_t stride = step > 0 ? step : -std::max(step, -std::max<int64_t>(dim, 1));
  const int64_t count = distance <= 0 ? 0 : (distance - 1) / stride + 1;
  Tensor result = *this;
  result.shape_[a] = count;
  if (count != 0) result.data_ += first * strides_[a] * static_cast<int64_t>(byte_width(dtype_));
  result.strides_[a] = count > 1 ? strides_[a] * step : strides_[a];
  return result;
}

Result<Tensor> Tensor::reshape(std::span<const int64_t> dims) const {
  std::array<int64_t, Shape::max_rank> wanted{};
  if (dims.size() > wanted.size()) return fail(ErrorCode::unsupported, "rank ", dims.size(), " is too high");
  std::ranges::copy(dims, wanted.begin());
  const auto open = std::ranges::find(dims, -1);
  if (open != dims.end()) {
    const auto position = static_cast<size_t>(open - dims.begin());
    wanted[position] = 1;
    WEDGE_ASSIGN(const int64_t rest, checked_numel({wanted.data(), dims.size()}));
    if (rest == 0 || numel() % rest != 0) {
      return fail(ErrorCode::invalid_argument, "cannot reshape ", shape_, ": ", numel(), " elements do not divide by ",
                  rest);
    }
    wanted[position] = numel() / rest;
  }
  WEDGE_ASSIGN(const Shape shape, Shape::from({wanted.data(), dims.size()}));
  if (shape.numel() != numel()) return fail(ErrorCode::invalid_argument, "cannot reshape ", shape_, " to ", shape);
  WEDGE_ASSIGN(Tensor result, dense());
  result.shape_ = shape;
  result.strides_ = dense_strides(shape);
  return result;
}

Result<Tensor> Tensor::transpose(std::span<const int64_t> permutation) const {
  if (is_packed(dtype_) && rank() > 1) {
    return fail(ErrorCode::unsupported, "a ", dtype_, " tensor cannot be transposed without copying");
  }
  if (!permutation.empty() && permutation.size() != rank()) {
    return fail(ErrorCode::invalid_argument, "a permutation of ", permutation.size(), " axes for a tensor of rank ",
                rank());
  }
  Tensor result = *this;
  std::array<bool, Shape::max_rank> used{};
  for (size_t i = 0; i < rank(); ++i) {
    const int64_t wanted = permutation.empty() ? static_cast<int64_t>(rank() - 1 - i) : permutation[i];
    WEDGE_ASSIGN(const size_t axis, axis_index(wanted));
    if (used[axis]) return fail(ErrorCode::invalid_argument, "a permutation names axis ", axis, " twice");
    used[axis] = true;
    result.shape_[i] = shape_[axis];
    result.strides_[i] = strides_[axis];
  }
  return result;
}

Result<Tensor> Tensor::broadcast_to(const Shape& shape) const {
  if (shape.rank() < rank() || is_container(dtype_))
    return fail(ErrorCode::invalid_argument, "cannot broadcast ", shape_, " to ", shape);
  Tensor result = *this;
  result.shape_ = shape;
  result.read_only_ = true;
  const size_t added = shape.rank() - rank();
  for (size_t axis = 0; axis < shape.rank(); ++axis) {
    const int64_t dim = axis < added ? 1 : shape_[axis - added];
    if (dim != shape[axis] && dim != 1)
      return fail(ErrorCode::invalid_argument, "cannot broadcast ", shape_, " to ", shape);
    result.strides_[axis] = dim == 1 ? 0 : strides_[axis - added];
  }
  return result;
}

Result<Tensor> Tensor::dense() const {
  if (is_dense()) return *this;
  return clone();
}

Result<Tensor> Tensor::clone() const {
  if (empty()) return *this;
  if (built_in::is_container(dtype_)) return TensorRef(*this).copy();
  if (dtype_ != DType::string) {
    WEDGE_ASSIGN(Tensor copy, allocate(dtype_, shape_));
    if (is_dense()) {
      std::ranges::copy(bytes(), copy.data_);
    } else {
      copy_strided(data_, strides(), shape_, byte_width(dtype_), copy.data_);
    }
    return copy;
  }
  // Strings: the views first, then all characters, in one block.
  const auto count = static_cast<size_t>(numel());
  const size_t views_size = count * sizeof(std::string_view);
  WEDGE_ASSIGN(auto views, allocate_memory(views_size));
  copy_strided(data_, strides(), shape_, sizeof(std::string_view), views.data);
  const std::span<const std::string_view> sources(reinterpret_cast<const std::string_view*>(views.data), count);
  size_t characters = 0;
  for (const auto& source : sources) characters += source.size();
  WEDGE_ASSIGN(auto memory, allocate_memory(views_size + characters));
  const std::span<std::string_view> targets(reinterpret_cast<std::string_view*>(memory.data), count);
  auto* next = reinterpret_cast<char*>(memory.data + views_size);
  for (size_t i = 0; i < count; ++i) {
    next = std::ranges::copy(sources[i], next).out;
    targets[i] = {next - sources[i].size(), sources[i].size()};
  }
  Tensor copy;
  copy.owner_ = std::move(memory.owner);
  copy.data_ = memory.data;
  copy.shape_ = shape_;
  copy.strides_ = dense_strides(shape_);
  copy.dtype_ = dtype_;
  return copy;
}

}  // namespace wedge
