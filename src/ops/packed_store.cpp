#include "ops/packed_store.h"

#include "base/result.h"

namespace wedge {

Result<const std::byte*> PackedStore::get(ValueId weight, std::string_view form, size_t size,
                                          FunctionRef<void(std::byte*)> fill) {
  const Lock lock(mutex_);
  const auto key = std::pair(weight, std::string(form));
  if (const auto found = packed_.find(key); found != packed_.end()) return found->second.data();
  if (size > limit_ - bytes_) {
    return fail(ErrorCode::out_of_memory, "packing weights takes ", bytes_ + size, " bytes, the limit is ", limit_);
  }
  auto buffer = AlignedBuffer::allocate(size == 0 ? 1 : size);
  if (buffer.data() == nullptr)
    return fail(ErrorCode::out_of_memory, "no memory for ", size, " bytes of packed weights");
  fill(buffer.data());
  bytes_ += size;
  return packed_.emplace(key, std::move(buffer)).first->second.data();
}

}  // namespace wedge
