#include "base/aligned_buffer.h"

#include <new>

namespace wedge {

AlignedBuffer AlignedBuffer::allocate(size_t size) {
  AlignedBuffer buffer;
  if (size == 0) return buffer;
  buffer.data_ = static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment}, std::nothrow));
  if (buffer.data_ != nullptr) buffer.size_ = size;
  return buffer;
}

AlignedBuffer::~AlignedBuffer() { ::operator delete(data_, std::align_val_t{alignment}); }

}  // namespace wedge
