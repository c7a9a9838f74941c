// What a session's memory is used for.
#pragma once

#include <cstdint>

namespace wedge {

/// Bytes a session holds or will hold for one run at a time.
struct MemoryUse {
  uint64_t weights = 0;  ///< constants of the model that kernels do not have in their own form
  uint64_t packed = 0;   ///< weights in the form that kernels want
  uint64_t arena = 0;    ///< intermediate values and scratch, at the offsets of the plan
  uint64_t scratch = 0;  ///< the part of the arena that the hungriest step uses as scratch
};

/// Memory for what runs make whose size is only known then, the outputs among it. It goes from one tensor to the next
/// of about the same size, without the heap.
struct PoolUse {
  uint64_t in_use = 0;  ///< bytes that tensors have now
  uint64_t idle = 0;    ///< bytes kept for later ones
  uint64_t peak = 0;    ///< the most bytes that tensors had at a time
  uint64_t reused = 0;  ///< tensors that had the memory of an earlier one
  uint64_t made = 0;    ///< tensors that needed new memory
};

}  // namespace wedge
