// From the file's tensors to wedge::Tensor.
#pragma once

#include "onnx/data_source.h"
#include "wedge/tensor.h"

namespace wedge::onnx {

/// The tensor's elements: a read-only view of raw or external data where they are aligned to the element's width, else
/// a copy. Errors name the tensor: invalid_model when data and shape disagree, unsupported for complex numbers and
/// ranks above Shape::max_rank, out_of_memory, and those of DataSource::external().
Result<Tensor> to_tensor(const TensorProto& tensor, const DataSource& source);

/// The dense form of a sparse tensor. Errors as above; out_of_range for an index outside the shape; out_of_memory when
/// the dense form would exceed 1 GiB; unsupported for strings and sub-byte types.
Result<Tensor> to_tensor(const SparseTensorProto& tensor, const DataSource& source);

}  // namespace wedge::onnx
