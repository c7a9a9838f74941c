// The version, and memory for the caller's use.
#include <cstdint>
#include <new>

#include "base/aligned_buffer.h"
#include "wedge/wedge.h"

uint32_t wedge_abi_version() { return WEDGE_ABI_VERSION; }
const char* wedge_version() { return WEDGE_VERSION; }

void* wedge_allocate(size_t bytes) {
  if (bytes > PTRDIFF_MAX) return nullptr;
  return ::operator new(bytes == 0 ? 1 : bytes, std::align_val_t{wedge::AlignedBuffer::alignment}, std::nothrow);
}

void wedge_free(void* memory) { ::operator delete(memory, std::align_val_t{wedge::AlignedBuffer::alignment}); }
