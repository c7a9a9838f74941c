// Memory, and the end of programs that find none. The C++ library's own would print, and bring with it all of printf.
#include <cstddef>
#include <cstdlib>
#include <new>

#include "base/mutex.h"

namespace {

void* needed(void* memory) {
  if (memory == nullptr) __builtin_trap();
  return memory;
}

// aligned_alloc() wants whole multiples of the alignment.
void* allocate(size_t size, std::align_val_t alignment) {
  const auto boundary = static_cast<size_t>(alignment);
  return size > SIZE_MAX - boundary ? nullptr
                                    : std::aligned_alloc(boundary, (size + boundary - 1) / boundary * boundary);
}

}  // namespace

#ifdef __wasm_atomics__
// The C library's heap knows nothing of threads. The linker's --wrap leads all calls here.
namespace {

constinit wedge::Mutex heap;

}  // namespace

extern "C" {
void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* memory, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void* memory);

void* __wrap_malloc(size_t size) {
  const wedge::Lock lock(heap);
  return __real_malloc(size);
}
void* __wrap_calloc(size_t count, size_t size) {
  const wedge::Lock lock(heap);
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, size_t size) {
  const wedge::Lock lock(heap);
  return __real_realloc(memory, size);
}
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  const wedge::Lock lock(heap);
  return __real_aligned_alloc(alignment, size);
}
void __wrap_free(void* memory) {
  const wedge::Lock lock(heap);
  __real_free(memory);
}
}
#endif

void* operator new(size_t size) { return needed(std::malloc(size)); }
void* operator new[](size_t size) { return needed(std::malloc(size)); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new(size_t size, std::align_val_t alignment) { return needed(allocate(size, alignment)); }
void* operator new[](size_t size, std::align_val_t alignment) { return needed(allocate(size, alignment)); }
void* operator new(size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, alignment);
}
void* operator new[](size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, alignment);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) { __builtin_trap(); }  // NOLINT: named by the library
_LIBCPP_END_NAMESPACE_STD
