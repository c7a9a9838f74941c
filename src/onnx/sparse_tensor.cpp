#include <cstring>

#include "onnx/tensor_data.h"
#include "tensor/strides.h"

namespace wedge::onnx {
namespace {

constexpr size_t largest_dense_size = size_t{1} << 30;

/// The positions of the non-zero elements in the flattened dense tensor.
class Positions {
 public:
  static Result<Positions> from(const Tensor& indices, int64_t nonzeros, const Shape& shape) {
    WEDGE_ASSIGN(const auto numbers, indices.view<int64_t>());
    const bool linear = indices.shape() == Shape{nonzeros};
    if (!linear && indices.shape() != Shape{nonzeros, static_cast<int64_t>(shape.rank())}) {
      return fail(ErrorCode::invalid_model, "indices of shape ", indices.shape(), " for ", nonzeros,
                  " values in a tensor of rank ", shape.rank());
    }
    return Positions(numbers, linear, shape);
  }

  [[nodiscard]] Result<size_t> operator[](size_t element) const {
    if (linear_) return checked(numbers_[element], shape_.numel());
    const auto strides = dense_strides(shape_);
    int64_t position = 0;
    for (size_t axis = 0; axis < shape_.rank(); ++axis) {
      const int64_t index = numbers_[element * shape_.rank() + axis];
      WEDGE_TRY(checked(index, shape_[axis]));
      position += index * strides[axis];
    }
    return static_cast<size_t>(position);
  }

 private:
  Positions(std::span<const int64_t> numbers, bool linear, const Shape& shape)
      : numbers_(numbers), linear_(linear), shape_(shape) {}

  [[nodiscard]] Result<size_t> checked(int64_t index, int64_t limit) const {
    if (index >= 0 && index < limit) return static_cast<size_t>(index);
    return fail(ErrorCode::out_of_range, "index ", index, " is outside shape ", shape_);
  }

  std::span<const int64_t> numbers_;
  bool linear_;
  Shape shape_;
};

Result<Tensor> convert(const SparseTensorProto& tensor, const DataSource& source) {
  WEDGE_ASSIGN(const Shape shape, Shape::from(tensor.dims));
  WEDGE_ASSIGN(const Tensor values, to_tensor(tensor.values, source));
  WEDGE_ASSIGN(const Tensor indices, to_tensor(tensor.indices, source));
  const DType dtype = values.dtype();
  if (dtype == DType::string || is_packed(dtype)) return fail(ErrorCode::unsupported, "elements of type ", dtype);
  if (values.rank() != 1) return fail(ErrorCode::invalid_model, "values of shape ", values.shape(), ", not [NNZ]");
  WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype, shape));
  if (size > largest_dense_size) {
    return fail(ErrorCode::out_of_memory, "the dense form of shape ", shape, " takes ", size, " bytes, at most ",
                largest_dense_size, " are allowed");
  }
  WEDGE_ASSIGN(const Positions positions, Positions::from(indices, values.numel(), shape));
  WEDGE_ASSIGN(Tensor result, Tensor::zeros(dtype, shape));
  const size_t width = byte_width(dtype);
  std::byte* dense = result.mutable_bytes().data();
  for (size_t element = 0; element < static_cast<size_t>(values.numel()); ++element) {
    WEDGE_ASSIGN(const size_t position, positions[element]);
    std::memcpy(dense + position * width, values.data() + element * width, width);
  }
  return result;
}

}  // namespace

Result<Tensor> to_tensor(const SparseTensorProto& tensor, const DataSource& source) {
  auto result = convert(tensor, source);
  if (result) return result;
  const Error& error = result.error();
  return fail(error.code(), "sparse tensor '", tensor.values.name, "': ", error.message());
}

}  // namespace wedge::onnx
