#include "base/heap.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace wedge {
namespace {

constexpr size_t capacity = size_t{1} << 23U;
constexpr size_t step = size_t{1} << 16U;
alignas(step) std::byte region[capacity];
size_t given = 0;

size_t grow(size_t bytes) {
  const size_t more = (bytes + step - 1) / step * step;
  if (more > capacity - given) return 0;
  given += more;
  return more;
}

Heap fresh() {
  given = 0;
  return {region, grow};
}

struct Piece {
  unsigned char* memory;
  size_t bytes;
  unsigned char mark;
};

bool is_whole(const Piece& piece) {
  return std::all_of(piece.memory, piece.memory + piece.bytes, [&](unsigned char c) { return c == piece.mark; });
}

TEST(Heap, PiecesKeepWhatIsWrittenIntoThem) {
  const bool ok = rc::check([] {
    Heap heap = fresh();
    std::vector<Piece> pieces;
    for (int i = *rc::gen::inRange(1, 200); i > 0; --i) {
      if (!pieces.empty() && *rc::gen::inRange(0, 5) < 2) {
        const auto at = pieces.begin() + static_cast<ptrdiff_t>(*rc::gen::inRange<size_t>(0, pieces.size()));
        RC_ASSERT(is_whole(*at));
        heap.free(at->memory);
        pieces.erase(at);
        continue;
      }
      const auto bytes = *rc::gen::oneOf(rc::gen::inRange<size_t>(0, 100), rc::gen::inRange<size_t>(0, 20000));
      const size_t alignment = size_t{1} << *rc::gen::inRange(0U, 13U);
      auto* memory = static_cast<unsigned char*>(heap.allocate(bytes, alignment));
      RC_ASSERT((memory != nullptr));
      RC_ASSERT(reinterpret_cast<uintptr_t>(memory) % std::max(alignment, Heap::unit) == 0U);
      RC_ASSERT(Heap::size(memory) >= bytes);
      const Piece piece{.memory = memory, .bytes = Heap::size(memory), .mark = static_cast<unsigned char>(i)};
      std::memset(memory, piece.mark, piece.bytes);
      pieces.push_back(piece);
    }
    for (const Piece& piece : pieces) {
      RC_ASSERT(is_whole(piece));
      heap.free(piece.memory);
    }
    // All of it is one block again.
    const size_t before = given;
    RC_ASSERT((heap.allocate(before - 2 * Heap::unit) != nullptr));
    RC_ASSERT(given == before);
  });
  EXPECT_TRUE(ok);
}

TEST(Heap, UsesAgainWhatWasFreed) {
  for (const size_t alignment : {size_t{1}, size_t{64}, size_t{4096}}) {
    Heap heap = fresh();
    heap.allocate(1);
    void* first = heap.allocate(3 * step, alignment);
    while (heap.allocate(1) < first) {
    }
    heap.allocate(1);
    heap.free(first);
    EXPECT_EQ(heap.allocate(3 * step, alignment), first);
  }
}

TEST(Heap, GrowsByWhatTheLastBlockLacks) {
  Heap heap = fresh();
  void* first = heap.allocate(3 * step);
  heap.free(first);
  EXPECT_EQ(heap.allocate(4 * step), first);
  EXPECT_EQ(given, 5 * step);
}

TEST(Heap, LittleLeavesMuchWhole) {
  Heap heap = fresh();
  constexpr size_t much = 16 * step;
  void* first = heap.allocate(much);
  EXPECT_NE(heap.allocate(1), nullptr);
  heap.free(first);
  for (size_t i = 0; i < 2 * step; i += 64) EXPECT_NE(heap.allocate(48), nullptr);
  EXPECT_EQ(heap.allocate(much), first);
  // Unless there is nothing else.
  heap.free(first);
  size_t count = 0;
  while (heap.allocate(step / 2) != nullptr) ++count;
  EXPECT_GT(count * (step / 2), capacity - 4 * step);
}

TEST(Heap, FindsWhatItHasGrownBy) {
  Heap heap = fresh();
  std::vector<void*> freed;
  for (int i = 0; i < 40; ++i) {
    freed.push_back(heap.allocate(2 * step));
    EXPECT_NE(heap.allocate(1), nullptr);
  }
  for (void* memory : freed) heap.free(memory);
  EXPECT_NE(heap.allocate(2 * step + step / 8), nullptr);
}

TEST(Heap, SaysWhenThereIsNoMore) {
  Heap heap = fresh();
  EXPECT_EQ(heap.allocate(capacity), nullptr);
  EXPECT_EQ(heap.allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap.allocate(1, SIZE_MAX / 2 + 1), nullptr);
  EXPECT_NE(heap.allocate(capacity / 2), nullptr);
  EXPECT_EQ(heap.allocate(capacity / 2), nullptr);
  EXPECT_NE(heap.allocate(capacity / 4), nullptr);
}

}  // namespace
}  // namespace wedge
