// The thin layer over the operating system: files, clock, machine. Everything else in the library is pure C++.
// One implementation per platform: platform_posix.cpp, platform_wasi.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "wedge/error.h"

namespace wedge::platform {

/// A file's bytes, read-only and paged in on demand where the platform can map files, read whole where it can't.
class FileBytes {
 public:
  /// An Error (not_found or io) names the path.
  static Result<std::shared_ptr<const FileBytes>> open(const std::string& path);
  ~FileBytes();
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

  /// Tells the system that these bytes of the file will not be read again soon; they stay valid.
  void release_pages(std::span<const std::byte> range) const;

 private:
  explicit FileBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

/// Whether memory that was allocated and not touched yet is free.
inline constexpr bool pages_are_lazy =
#ifdef __wasm__
    false;
#else
    true;
#endif

/// Memory for large blocks, at a 64-byte boundary at least, in large pages where the system has them: such blocks are
/// walked from end to end, and small pages would cost a fault each. Null when there is none.
std::byte* allocate_pages(size_t size);
/// Asks for small pages in a range of such memory that is about to be written, where large ones have become slow to
/// get.
void settle_pages(std::byte* begin, size_t size);
/// `size` as it was given.
void free_pages(std::byte* pages, size_t size);

/// Whether `path`, with all symbolic links resolved, lies inside `folder`; false when either does not exist.
bool is_inside(const std::string& path, const std::string& folder);

/// Nanoseconds on a clock that never goes back; the origin is arbitrary.
uint64_t now_nanoseconds();

/// Bytes of memory the machine has (the address space's limit under WebAssembly).
uint64_t memory_bytes();

/// Processors this process may use, at least 1.
unsigned processor_count();

/// Peak resident memory of this process in bytes, 0 where the platform cannot tell.
uint64_t peak_resident_bytes();

}  // namespace wedge::platform
