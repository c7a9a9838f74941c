// Tensors whose elements are Tensors: sequences and optionals.
#include "base/built_in_parts.h"
#include "base/result.h"
#include "tensor/strides.h"
#include "tensor/tensor_ref.h"

namespace wedge {

Result<Tensor> Tensor::container(DType dtype, std::vector<Tensor> values) {
  const DType element = element_type(dtype);
  if (!is_container(dtype)) return fail(ErrorCode::invalid_argument, "there are no containers of ", element);
  for (Tensor& value : values) {
    if (value.dtype() != element) {
      return fail(ErrorCode::invalid_argument, "a ", dtype, " cannot hold an element of type ", value.dtype());
    }
    WEDGE_ASSIGN(value, value.dense());
  }
  Tensor result;
  result.shape_ = Shape::of_rank(1);
  result.shape_[0] = static_cast<int64_t>(values.size());
  result.strides_ = dense_strides(result.shape_);
  result.dtype_ = dtype;
  result.read_only_ = true;
  auto owner = std::make_shared<std::vector<Tensor>>(std::move(values));
  result.data_ = reinterpret_cast<std::byte*>(owner->data());
  result.owner_ = std::move(owner);
  return result;
}

Result<Tensor> Tensor::sequence(DType element, std::vector<Tensor> values) {
  return container(sequence_of(element), std::move(values));
}

Result<Tensor> Tensor::optional(DType element, Tensor value) {
  std::vector<Tensor> values;
  if (!value.empty()) values.push_back(std::move(value));
  return container(optional_of(element), std::move(values));
}

std::span<const Tensor> Tensor::elements() const {
  if (!is_container(dtype_)) return {};
  return {reinterpret_cast<const Tensor*>(data_), static_cast<size_t>(numel())};
}

Result<Tensor> TensorRef::copy() const {
  if (built_in::is_container(dtype)) {
    std::vector<Tensor> values(as<const Tensor>().begin(), as<const Tensor>().end());
    for (Tensor& value : values) {
      if (value.owns_memory()) continue;
      WEDGE_ASSIGN(value, value.clone());
    }
    return Tensor::container(dtype, std::move(values));
  }
  WEDGE_ASSIGN(const Tensor view, Tensor::wrap_bytes(dtype, bytes(), shape, true, nullptr));
  return view.clone();
}

}  // namespace wedge
