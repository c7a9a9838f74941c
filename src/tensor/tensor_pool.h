// Memory for tensors whose sizes are only known during a run.
#pragma once

#include <memory>

#include "wedge/memory.h"
#include "wedge/tensor.h"

namespace wedge {

/// Hands out tensors and takes their memory back when the last handle of one is gone, for the next of about the same
/// size: sizes are rounded up to eighths of a power of two. A run whose tensors repeat allocates nothing from the heap.
/// Safe to use from several threads; tensors may outlive the pool.
class TensorPool {
 public:
  TensorPool();

  /// As Tensor::allocate(); strings and containers have memory of their own. Errors: out_of_range, out_of_memory.
  Result<Tensor> allocate(DType dtype, const Shape& shape);
  /// Frees idle memory, the largest blocks first, until at most `max_bytes` of it are left.
  void trim(uint64_t max_bytes);
  [[nodiscard]] PoolUse use() const;

 private:
  struct State;
  struct Block;
  template <typename T>
  struct InBlock;
  std::shared_ptr<State> state_;
};

}  // namespace wedge
