#include <ctime>
#include <new>

#include "base/platform.h"

namespace wedge::platform {

std::byte* allocate_pages(size_t size) {
  return static_cast<std::byte*>(::operator new(size, std::align_val_t{64}, std::nothrow));
}

void settle_pages(std::byte* /*begin*/, size_t /*size*/) {}

void free_pages(std::byte* pages, size_t) { ::operator delete(pages, std::align_val_t{64}); }

uint64_t now_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(time.tv_nsec);
}

uint64_t memory_bytes() { return uint64_t{4} << 30U; }

unsigned processor_count() { return 1; }

uint64_t peak_resident_bytes() { return static_cast<uint64_t>(__builtin_wasm_memory_size(0)) * 65536U; }

}  // namespace wedge::platform
