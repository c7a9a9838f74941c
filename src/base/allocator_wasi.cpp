// Memory, and the end of programs that find none. The C++ library's own would print, and bring with it all of printf.
#include <cstddef>
#include <cstdlib>
#include <new>

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
