#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

#include "base/platform.h"
#include "base/result.h"

namespace wedge::platform {

Result<std::shared_ptr<const FileBytes>> FileBytes::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  if (file < 0) return fail(ErrorCode::not_found, "cannot read '", path, "'");
  struct stat status{};
  if (::fstat(file, &status) != 0 || status.st_size < 0) {
    ::close(file);
    return fail(ErrorCode::io, "cannot read '", path, "'");
  }
  const auto size = static_cast<size_t>(status.st_size);
  // Aligned as a page would be, so that raw tensor data keeps the alignment it has in a mapped file.
  auto* data = static_cast<std::byte*>(::operator new(size + 1, std::align_val_t{64}, std::nothrow));
  if (data == nullptr) {
    ::close(file);
    return fail(ErrorCode::out_of_memory, "no memory to hold '", path, "' (", size, " bytes)");
  }
  std::shared_ptr<const FileBytes> result(new FileBytes({data, size}));
  size_t done = 0;
  while (done < size) {
    const auto count = ::read(file, data + done, size - done);
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  ::close(file);
  if (done != size) return fail(ErrorCode::io, "cannot read '", path, "' whole");
  return result;
}

FileBytes::~FileBytes() { ::operator delete(const_cast<std::byte*>(bytes_.data()), std::align_val_t{64}); }

void FileBytes::release_pages(std::span<const std::byte> /*range*/) const {}

bool is_inside(const std::string& path, const std::string& folder) {
  // The WASI host confines every path to its preopened folders and resolves links itself; what is left to
  // refuse here is a name that climbs.
  return path.starts_with(folder) && path.find("..") == std::string::npos;
}

}  // namespace wedge::platform
