#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>

#include "base/checked.h"
#include "base/platform.h"
#include "base/result.h"

namespace wedge::platform {
namespace {

class Descriptor {
 public:
  // Without O_NONBLOCK a FIFO would wait here for a writer instead of being refused.
  explicit Descriptor(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::unexpected<Error> io_error(const std::string& path, int code) {
  const auto kind = code == ENOENT || code == ENOTDIR ? ErrorCode::not_found : ErrorCode::io;
  return std::unexpected(Error(kind, text("cannot read '", path, "': ", std::strerror(code))));
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), std::free);
  return resolved ? std::string(resolved.get()) : std::string();
}

uint64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(time.tv_nsec);
}

// Unlike getrusage()'s, the peak of Linux's own table is that of this program alone, not of the one that started it.
uint64_t peak_in_process_table() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> table(std::fopen("/proc/self/status", "re"), std::fclose);
  char line[256];
  while (table && std::fgets(line, sizeof line, table.get()) != nullptr) {
    if (std::string_view(line).starts_with("VmHWM:")) return std::strtoull(line + 6, nullptr, 10) * 1024U;
  }
  return 0;
}

}  // namespace

Result<std::shared_ptr<const FileBytes>> FileBytes::open(const std::string& path) {
  const Descriptor file(path);
  if (file.number() < 0) return io_error(path, errno);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return io_error(path, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::io, "cannot read '", path, "': not a regular file");
  const auto size = static_cast<size_t>(status.st_size);
  std::span<const std::byte> bytes;
  if (size != 0) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (address == MAP_FAILED) return io_error(path, errno);
#ifdef MADV_NOHUGEPAGE
    // Linux may map cached files by huge pages: a byte that is read would make 2 MB resident.
    ::madvise(address, size, MADV_NOHUGEPAGE);
#endif
    bytes = {static_cast<const std::byte*>(address), size};
  }
  return std::shared_ptr<const FileBytes>(new FileBytes(bytes));
}

FileBytes::~FileBytes() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void FileBytes::release_pages(std::span<const std::byte> range) const {
  // Only whole pages inside the range: its neighbours may still be in use.
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<uintptr_t>(range.data()) + page - 1) / page * page;
  const auto end = (reinterpret_cast<uintptr_t>(range.data()) + range.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

namespace {

constexpr size_t huge_page = size_t{2} << 20U;

// Clearing a huge page takes a tenth of a millisecond. It takes several where a virtual machine's host has taken free
// memory back and has to find it anew; small pages that were in use lately are still there then.
constexpr uint64_t slow_nanoseconds = 1'000'000;
std::atomic<bool> huge_pages_are_slow = false;

void advise([[maybe_unused]] std::byte* begin, [[maybe_unused]] size_t size, [[maybe_unused]] bool in_huge_pages) {
#ifdef MADV_HUGEPAGE
  ::madvise(begin, size, in_huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
}

}  // namespace

std::byte* allocate_pages(size_t size) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  if (size > SIZE_MAX / 2) return nullptr;
  // Huge pages start at multiples of their size, so what lies around the aligned part is given back.
  const size_t whole = round_up(size, page);
  void* mapped = ::mmap(nullptr, whole + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const begin = static_cast<std::byte*>(mapped);
  const size_t before = (huge_page - reinterpret_cast<uintptr_t>(mapped) % huge_page) % huge_page;
  if (before != 0) ::munmap(begin, before);
  ::munmap(begin + before + whole, huge_page - before);
  std::byte* const pages = begin + before;
  advise(pages, whole, !huge_pages_are_slow.load(std::memory_order_relaxed));
  const uint64_t time = nanoseconds_of(CLOCK_THREAD_CPUTIME_ID);
  *static_cast<volatile std::byte*>(pages) = std::byte{0};
  if (nanoseconds_of(CLOCK_THREAD_CPUTIME_ID) - time > slow_nanoseconds) {
    huge_pages_are_slow.store(true, std::memory_order_relaxed);
  }
  return pages;
}

void settle_pages(std::byte* begin, size_t size) {
  if (!huge_pages_are_slow.load(std::memory_order_relaxed)) return;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const size_t before = round_up(reinterpret_cast<uintptr_t>(begin), page) - reinterpret_cast<uintptr_t>(begin);
  if (before >= size) return;
  const size_t pages = round_up(size - before, page);
  advise(begin + before, pages, false);
#ifdef MADV_POPULATE_WRITE
  // One call for all of them takes two thirds of the time of a fault for each.
  ::madvise(begin + before, pages, MADV_POPULATE_WRITE);
#endif
}

void free_pages(std::byte* pages, size_t size) {
  ::munmap(pages, round_up(size, static_cast<size_t>(::sysconf(_SC_PAGESIZE))));
}

bool is_inside(const std::string& path, const std::string& folder) {
  const std::string inner = real_path(path);
  std::string outer = real_path(folder);
  if (inner.empty() || outer.empty()) return false;
  if (outer.back() != '/') outer += '/';
  return inner.starts_with(outer);
}

uint64_t now_nanoseconds() { return nanoseconds_of(CLOCK_MONOTONIC); }

uint64_t memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) : UINT64_MAX;
}

unsigned processor_count() {
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : count;
}

uint64_t peak_resident_bytes() {
  if (const uint64_t peak = peak_in_process_table(); peak != 0) return peak;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return static_cast<uint64_t>(usage.ru_maxrss);
#else
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024U;
#endif
}

}  // namespace wedge::platform
