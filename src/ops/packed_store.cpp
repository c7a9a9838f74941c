#include "ops/packed_store.h"

#include <algorithm>

#include "base/checked.h"
#include "base/platform.h"
#include "base/result.h"

namespace wedge {

Result<const std::byte*> PackedStore::get(ValueId weight, std::string_view form, size_t size,
                                          const ArrivedWeight* arrived, FunctionRef<bool(std::byte*)> fill) {
  const Lock lock(mutex_);
  const auto key = std::pair(weight, std::string(form));
  if (const auto found = packed_.find(key); found != packed_.end() && found->second.size() == size) {
    return found->second.data();
  }
  WEDGE_TRY(check_limit(size));
  const bool has_arrived = arrived != nullptr && arrived->form->name() == form && arrived->bytes.size() == size;
  std::byte* const packed = has_arrived ? arrived->bytes.data() : allocate(size);
  if (packed == nullptr || (!has_arrived && !fill(packed))) {
    return fail(ErrorCode::out_of_memory, "no memory to pack ", size, " bytes of weights");
  }
  bytes_ += size;
  packed_.insert_or_assign(key, std::span<const std::byte>(packed, size));
  return packed;
}

Result<> PackedStore::adopt(ValueId weight, std::string form, std::span<const std::byte> packed) {
  const Lock lock(mutex_);
  WEDGE_TRY(check_limit(packed.size()));
  bytes_ += packed.size();
  packed_.insert_or_assign({weight, std::move(form)}, packed);
  return {};
}

void PackedStore::for_each(FunctionRef<void(ValueId, const std::string&, std::span<const std::byte>)> visit) const {
  const Lock lock(mutex_);
  for (const auto& [key, packed] : packed_) visit(key.first, key.second, packed);
}

Result<> PackedStore::check_limit(size_t more) const {
  if (more <= limit_ - bytes_) return {};
  return fail(ErrorCode::out_of_memory, "packing weights takes ", bytes_ + more, " bytes, the limit is ", limit_);
}

// Weights stay as long as the store, so they lie one after the other in slabs. A slab is as large as what there is
// already: a model of few weights shall not pay for a huge page.
std::byte* PackedStore::allocate(size_t size) {
  constexpr size_t largest_slab = platform::pages_are_lazy ? size_t{64} << 20U : 0;
  const size_t needed = round_up(std::max<size_t>(size, 1), AlignedBuffer::alignment);
  if (needed > left_) {
    auto made = AlignedBuffer::allocate(std::max(needed, std::min<size_t>(bytes_, largest_slab)));
    if (made.data() == nullptr) return nullptr;
    left_ = made.size();
    slabs_.push_back(std::move(made));
  }
  std::byte* const place = slabs_.back().data() + (slabs_.back().size() - left_);
  left_ -= needed;
  platform::settle_pages(place, needed);
  return place;
}

}  // namespace wedge
