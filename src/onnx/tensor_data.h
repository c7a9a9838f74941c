// From the file's tensors to wedge::Tensor.
#pragma once

#include "onnx/data_source.h"
#include "onnx/sequence_proto.h"
#include "onnx/type_proto.h"
#include "tensor/constant.h"

namespace wedge::onnx {

/// The tensor's elements: a read-only view of raw or external data where they are aligned to the element's width, else
/// a copy. Errors name the tensor: invalid_model when data and shape disagree, unsupported for complex numbers and
/// ranks above Shape::max_rank, out_of_memory, and those of DataSource::external().
Result<Tensor> to_tensor(const TensorProto& tensor, const DataSource& source);

/// The tensor as a constant of a model: large elements are read, and copied where they are not aligned, only when
/// somebody asks for them. Errors as above, those of reading when it comes to that aside.
Result<Constant> to_constant(const TensorProto& tensor, const DataSource& source);

/// The dense form of a sparse tensor. Errors as above; out_of_range for an index outside the shape; out_of_memory when
/// the dense form would exceed 1 GiB; unsupported for strings and sub-byte types.
Result<Tensor> to_tensor(const SparseTensorProto& tensor, const DataSource& source);

/// The type of tensors of this type; undefined for types that tensors do not have (maps, complex numbers …).
DType to_dtype(const TypeProto& type);

/// Sequences and optionals, of test data. `dtype` is their type, which the protos themselves do not always tell.
/// Errors: invalid_model for another type; those above.
Result<Tensor> to_tensor(const SequenceProto& sequence, DType dtype, const DataSource& source);
Result<Tensor> to_tensor(const OptionalProto& optional, DType dtype, const DataSource& source);

}  // namespace wedge::onnx
