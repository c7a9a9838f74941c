// The WebAssembly module opens no files: who loads it brings the bytes. This stands in for base/files_wasi.cpp.
#include "base/platform.h"
#include "base/result.h"

namespace wedge::platform {

Result<std::shared_ptr<const FileBytes>> FileBytes::open(const std::string& path) {
  return fail(ErrorCode::unsupported, "cannot read '", path, "': this build opens no files");
}

FileBytes::~FileBytes() = default;

void FileBytes::release_pages(std::span<const std::byte> /*range*/) const {}

bool is_inside(const std::string& /*path*/, const std::string& /*folder*/) { return false; }

}  // namespace wedge::platform
