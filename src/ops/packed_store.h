// Weights in the forms that kernels want, each made once.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>

#include "base/aligned_buffer.h"
#include "base/function_ref.h"
#include "base/mutex.h"
#include "graph/graph.h"
#include "wedge/error.h"

namespace wedge {

/// Owned by a session; what it hands out lives as long as it does. Safe to use from several threads.
class PackedStore {
 public:
  /// `limit`: the most bytes it may hold.
  explicit PackedStore(size_t limit = SIZE_MAX) : limit_(limit) {}

  /// The form of that name of that weight, made by `fill` on first use. Error: out_of_memory.
  Result<const std::byte*> get(ValueId weight, std::string_view form, size_t size, FunctionRef<void(std::byte*)> fill);
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  Mutex mutex_;
  std::map<std::pair<ValueId, std::string>, AlignedBuffer> packed_;
  std::atomic<size_t> bytes_ = 0;
  size_t limit_;
};

}  // namespace wedge
