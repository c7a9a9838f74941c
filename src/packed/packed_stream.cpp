#include "packed/packed_stream.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"

namespace wedge::packed {

Result<std::span<std::byte>> PackedStream::next(size_t wanted) {
  if (size_ == memory_->size()) {
    const auto larger = checked_add(size_, std::max(size_, wanted));
    auto made = larger && *larger <= budget_ ? AlignedBuffer::allocate(*larger) : AlignedBuffer();
    if (made.size() == 0)
      return fail(ErrorCode::out_of_memory, "no memory for another ", wanted, " bytes of the model");
    if (size_ != 0) std::memcpy(made.data(), memory_->data(), size_);
    *memory_ = std::move(made);
  }
  const auto rest = memory_->bytes().subspan(size_);
  return rest.first(std::min(rest.size(), wanted));
}

}  // namespace wedge::packed
