// The heap of WebAssembly. The C library's is several times as much code, which engines compile before the first
// allocation, and once more when it has been called often.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wedge {

/// Memory from one region that grows at its end. Blocks lie there one after the other, no two free ones side by side;
/// the free ones are kept in lists by size.
class Heap {
 public:
  /// What all memory is aligned to.
  static constexpr size_t unit = 16;

  /// The region begins at a multiple of `unit`. `grow` makes it longer by at least so many bytes and says by how many,
  /// a multiple of `unit`, or 0 when there is no more.
  constexpr Heap(std::byte* begin, size_t (*grow)(size_t bytes)) : begin_(begin), grow_(grow) {}

  /// Null when there is none left. The alignment is a power of two.
  void* allocate(size_t bytes, size_t alignment = unit);
  /// Takes back memory from allocate().
  void free(void* memory);
  /// How many bytes such memory has at least.
  static size_t size(const void* memory);

 private:
  struct Block;
  // Four for each power of two.
  static constexpr size_t list_count = size_t{4} * 8 * sizeof(size_t);

  static size_t list_of(size_t size);
  [[nodiscard]] Block* find(size_t size, size_t alignment, size_t end) const;
  void insert(Block* block);
  void remove(Block* block);
  Block* release(Block* block);
  Block* last(size_t size);

  std::array<Block*, list_count> lists_{};
  // A bit for each list that is not empty.
  std::array<uint64_t, list_count / 64> filled_{};
  std::byte* begin_;
  size_t (*grow_)(size_t bytes);
  Block* end_ = nullptr;
};

}  // namespace wedge
