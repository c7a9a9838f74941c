#include "base/aligned_buffer.h"

#include <new>

#include "base/platform.h"

namespace wedge {
namespace {

// Blocks from this size on are mapped by themselves.
constexpr size_t large = size_t{2} << 20U;

}  // namespace

AlignedBuffer AlignedBuffer::allocate(size_t size) {
  AlignedBuffer buffer;
  if (size == 0) return buffer;
  buffer.data_ = size >= large
                     ? platform::allocate_pages(size)
                     : static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment}, std::nothrow));
  if (buffer.data_ != nullptr) buffer.size_ = size;
  return buffer;
}

AlignedBuffer::~AlignedBuffer() {
  if (size_ >= large) {
    platform::free_pages(data_, size_);
  } else {
    ::operator delete(data_, std::align_val_t{alignment});
  }
}

}  // namespace wedge
