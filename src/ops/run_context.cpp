#include "ops/run_context.h"

#include "base/result.h"
#include "tensor/tensor_pool.h"

namespace wedge {

Result<> RunContext::allocate_output(size_t i, const Shape& shape) {
  WEDGE_ASSIGN(const size_t size, checked_byte_size(output(i).dtype, shape));
  if (size > limit_)
    return fail(ErrorCode::out_of_memory, "output ", i, " takes ", size, " bytes, the limit is ", limit_);
  const DType dtype = output(i).dtype;
  // What the last run left here goes back first, so that it can be had again.
  owners_[outputs_[i]] = Tensor();
  WEDGE_ASSIGN(Tensor tensor, pool_ == nullptr ? Tensor::allocate(dtype, shape) : pool_->allocate(dtype, shape));
  set_output(i, std::move(tensor));
  return {};
}

Result<Tensor> RunContext::keep(size_t i) const {
  const size_t size = input(i).byte_size();
  if (size > limit_) {
    return fail(ErrorCode::out_of_memory, "a copy of input ", i, " takes ", size, " bytes, the limit is ", limit_);
  }
  return input(i).copy();
}

void RunContext::set_output(size_t i, Tensor tensor) {
  const uint32_t slot = outputs_[i];
  slots_[slot] = TensorRef(tensor);
  owners_[slot] = std::move(tensor);
}

}  // namespace wedge
