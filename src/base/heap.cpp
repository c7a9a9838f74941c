#include "base/heap.h"

#include <algorithm>
#include <bit>

#include "base/checked.h"

namespace wedge {
namespace {

constexpr size_t header = 2 * sizeof(size_t);
constexpr size_t smallest = 4 * sizeof(size_t);
// Their sum does not overflow.
constexpr size_t largest = SIZE_MAX / 4 * 3;
constexpr size_t largest_alignment = SIZE_MAX / 8;
// Of the blocks in a list that may be too small so many are tried.
constexpr int patience = 16;
// What is modest takes nothing from what is vast, so that what needs all of that finds it whole.
constexpr size_t modest = size_t{64} << 10U;
constexpr size_t vast = size_t{1} << 20U;
constexpr size_t used = 1;

}  // namespace

// At the end of the region stands a header alone, which counts as a used block of no size.
struct Heap::Block {
  size_t before;  // the size of the block before it, 0 at the beginning
  size_t size;    // from this header to the next one, odd while in use
  // Neighbours in the list of free ones.
  Block* previous;
  Block* next;

  Block* at(size_t offset) { return reinterpret_cast<Block*>(reinterpret_cast<std::byte*>(this) + offset); }
  Block* back(size_t offset) { return reinterpret_cast<Block*>(reinterpret_cast<std::byte*>(this) - offset); }

  // How much of it must be left to a block of its own, so that what follows the header is aligned.
  [[nodiscard]] size_t misfit(size_t alignment) const {
    const auto memory = reinterpret_cast<uintptr_t>(this) + header;
    return memory % alignment == 0 ? 0 : round_up(memory + smallest, alignment) - memory;
  }

  // Makes two used blocks of this one, the first of that size, and gives the second.
  Block* split(size_t first) {
    Block* rest = at(first);
    rest->before = first;
    rest->size = size - first;
    size = first + used;
    rest->at(rest->size - used)->before = rest->size - used;
    return rest;
  }
};

size_t Heap::list_of(size_t size) {
  const auto power = static_cast<size_t>(std::bit_width(size)) - 1;
  return 4 * power + ((size >> (power - 2)) & 3U);
}

// Of the lists before `end`.
Heap::Block* Heap::find(size_t size, size_t alignment, size_t end) const {
  const size_t ample = list_of(size + (alignment > unit ? alignment + smallest : 0));
  for (size_t i = list_of(size); i <= ample; ++i) {
    int left = patience;
    for (Block* block = lists_[i]; block != nullptr && left-- > 0; block = block->next) {
      if (block->size >= size + block->misfit(alignment)) return block;
    }
  }
  for (size_t i = ample + 1; i < end; i = (i / 64 + 1) * 64) {
    const uint64_t rest = filled_[i / 64] >> (i % 64);
    if (rest == 0) continue;
    const size_t first = i + static_cast<size_t>(std::countr_zero(rest));
    return first < end ? lists_[first] : nullptr;
  }
  return nullptr;
}

void Heap::insert(Block* block) {
  const size_t list = list_of(block->size);
  block->previous = nullptr;
  block->next = lists_[list];
  if (block->next != nullptr) block->next->previous = block;
  lists_[list] = block;
  filled_[list / 64] |= uint64_t{1} << (list % 64);
}

void Heap::remove(Block* block) {
  if (block->next != nullptr) block->next->previous = block->previous;
  if (block->previous != nullptr) {
    block->previous->next = block->next;
    return;
  }
  const size_t list = list_of(block->size);
  lists_[list] = block->next;
  if (block->next == nullptr) filled_[list / 64] &= ~(uint64_t{1} << (list % 64));
}

// Makes a used block free, one with its free neighbours.
Heap::Block* Heap::release(Block* block) {
  block->size -= used;
  if (Block* after = block->at(block->size); (after->size & used) == 0) {
    remove(after);
    block->size += after->size;
  }
  if (Block* before = block->back(block->before); block->before != 0 && (before->size & used) == 0) {
    remove(before);
    before->size += block->size;
    block = before;
  }
  block->at(block->size)->before = block->size;
  insert(block);
  return block;
}

// The last block, free and of that size at least: the region grows by what is missing.
Heap::Block* Heap::last(size_t size) {
  size_t missing = size + unit;
  if (end_ != nullptr) {
    Block* block = end_->back(end_->before);
    const bool is_free = (block->size & used) == 0;
    if (is_free && block->size >= size) return block;
    if (is_free) missing -= block->size;
  }
  size_t added = grow_(missing);
  if (added == 0) return nullptr;
  if (end_ == nullptr) {
    // Headers lie so that what follows them is aligned.
    end_ = reinterpret_cast<Block*>(begin_ + unit - header);
    end_->before = 0;
    added -= unit;
  }
  Block* block = end_;
  block->size = added + used;
  end_ = block->at(added);
  end_->before = added;
  end_->size = used;
  return release(block);
}

void* Heap::allocate(size_t bytes, size_t alignment) {
  if (bytes > largest || alignment > largest_alignment) return nullptr;
  const size_t size = std::max(round_up(bytes + header, unit), smallest);
  Block* block = find(size, alignment, size < modest ? list_of(vast) : list_count);
  if (block == nullptr) block = last(size + alignment + smallest);
  if (block == nullptr) block = find(size, alignment, list_count);
  if (block == nullptr) return nullptr;
  remove(block);
  block->size += used;
  if (const size_t skipped = block->misfit(alignment); skipped != 0) {
    Block* aligned = block->split(skipped);
    release(block);
    block = aligned;
  }
  if (block->size - used >= size + smallest) release(block->split(size));
  return block->at(header);
}

void Heap::free(void* memory) { release(reinterpret_cast<Block*>(static_cast<std::byte*>(memory) - header)); }

size_t Heap::size(const void* memory) {
  return reinterpret_cast<const Block*>(static_cast<const std::byte*>(memory) - header)->size - used - header;
}

}  // namespace wedge
