// Weights in the forms that kernels want, each made once.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/function_ref.h"
#include "base/mutex.h"
#include "graph/graph.h"
#include "tensor/weight_form.h"
#include "wedge/error.h"

namespace wedge {

/// Owned by a session; what it hands out lives as long as it does. Safe to use from several threads.
class PackedStore {
 public:
  /// `limit`: the most bytes it may hold.
  explicit PackedStore(size_t limit = SIZE_MAX) : limit_(limit) {}

  /// The form of that name of that weight: as it arrived, if it did in that form, and lives as long as the store; or
  /// made by `fill` on first use. Error: out_of_memory, also when `fill` says that it could not.
  Result<const std::byte*> get(ValueId weight, std::string_view form, size_t size, const ArrivedWeight* arrived,
                               FunctionRef<bool(std::byte*)> fill);
  /// Takes over a form that was made before; the bytes outlive the store. Error: out_of_memory.
  Result<> adopt(ValueId weight, std::string form, std::span<const std::byte> packed);
  [[nodiscard]] size_t bytes() const { return bytes_; }

  /// Calls visit(weight, form, bytes) for all there is.
  void for_each(FunctionRef<void(ValueId, const std::string&, std::span<const std::byte>)> visit) const;

 private:
  [[nodiscard]] Result<> check_limit(size_t more) const;
  std::byte* allocate(size_t size);

  mutable Mutex mutex_;
  std::map<std::pair<ValueId, std::string>, std::span<const std::byte>> packed_;
  std::vector<AlignedBuffer> slabs_;
  size_t left_ = 0;  ///< bytes of the last slab that are free
  std::atomic<size_t> bytes_ = 0;
  size_t limit_;
};

}  // namespace wedge
