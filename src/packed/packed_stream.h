// A packed model while its bytes arrive: they stay together.
#pragma once

#include <memory>

#include "base/aligned_buffer.h"
#include "base/result.h"

namespace wedge::packed {

/// How packed models begin: as magic (format.h) does.
inline constexpr std::byte first_byte{'W'};

class PackedStream {
 public:
  /// `budget`: bytes it may take.
  explicit PackedStream(uint64_t budget) : budget_(budget) {}

  /// Where the next bytes go: one at least, `wanted` at most. Error: out_of_memory.
  Result<std::span<std::byte>> next(size_t wanted);
  /// So many of them are there.
  void advance(size_t bytes) { size_ += bytes; }

  [[nodiscard]] std::span<const std::byte> bytes() const { return memory_->bytes().first(size_); }
  /// What keeps the bytes where they are.
  [[nodiscard]] const std::shared_ptr<AlignedBuffer>& memory() const { return memory_; }

 private:
  std::shared_ptr<AlignedBuffer> memory_ = std::make_shared<AlignedBuffer>();
  size_t size_ = 0;
  uint64_t budget_;
};

}  // namespace wedge::packed
