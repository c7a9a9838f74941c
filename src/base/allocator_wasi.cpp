// Memory, and the end of programs that find none. The C++ library's own would print, and bring with it all of printf.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/checked.h"
#include "base/heap.h"
#include "base/mutex.h"

// Where the program's own data ends.
extern "C" std::byte __heap_base;  // NOLINT: named by the linker

namespace {

// Gives what lies beyond it, then whole pages: a quarter of what there is, if it can be had, since hosts take
// milliseconds to make a large memory larger, whatever by (they collect garbage). Pages that nothing is written to cost
// nothing.
size_t grow(size_t bytes) {
  constexpr size_t page = 65536;
  // The last page is left alone, so that the end of memory is an address.
  constexpr size_t most_pages = SIZE_MAX / page;
  static size_t end = reinterpret_cast<size_t>(&__heap_base);
  const size_t whole = std::min(__builtin_wasm_memory_size(0), most_pages);
  const size_t there = whole * page - end;
  size_t pages = bytes > there ? wedge::ceil_div(bytes - there, page) : 0;
  if (pages > most_pages - whole) return 0;
  if (pages > 0) {
    const size_t more = std::clamp(whole / 4, pages, most_pages - whole);
    if (__builtin_wasm_memory_grow(0, more) != SIZE_MAX) {
      pages = more;
    } else if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) {
      return 0;
    }
  }
  const size_t gained = there + pages * page;
  end += gained;
  return gained;
}

constinit wedge::Heap heap(&__heap_base, grow);
constinit wedge::Mutex mutex;

// What is large, and can be refused, leaves so much to what is small and cannot.
constexpr size_t large = size_t{1} << 16U;
constexpr size_t left_to_small = size_t{1} << 20U;

void* needed(void* memory) {
  if (memory == nullptr) __builtin_trap();
  return memory;
}

void* allocate(size_t size, std::align_val_t alignment) { return aligned_alloc(static_cast<size_t>(alignment), size); }

}  // namespace

// In place of the C library's, which knows nothing of threads either.
extern "C" {
void* aligned_alloc(size_t alignment, size_t size) {
  const wedge::Lock lock(mutex);
  void* memory = heap.allocate(size, alignment);
  if (memory == nullptr || size < large) return memory;
  void* rest = heap.allocate(left_to_small);
  heap.free(rest == nullptr ? memory : rest);
  return rest == nullptr ? nullptr : memory;
}

void* malloc(size_t size) { return aligned_alloc(wedge::Heap::unit, size); }

void* calloc(size_t count, size_t size) {
  const auto bytes = wedge::checked_mul(count, size);
  void* memory = bytes ? malloc(*bytes) : nullptr;
  return memory == nullptr ? nullptr : std::memset(memory, 0, *bytes);
}

void free(void* memory) {
  if (memory == nullptr) return;
  const wedge::Lock lock(mutex);
  heap.free(memory);
}

void* realloc(void* memory, size_t size) {
  void* moved = malloc(size);
  if (moved == nullptr || memory == nullptr) return moved;
  std::memcpy(moved, memory, std::min(size, wedge::Heap::size(memory)));
  free(memory);
  return moved;
}

// A module never ends, and has nothing to do then.
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }  // NOLINT: named by the compiler
}

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
