#include "onnx/data_source.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/platform.h"

namespace wedge::onnx {
namespace {

struct Location {
  std::string_view path;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

Result<uint64_t> parse_number(const StringStringEntryProto& entry) {
  uint64_t number = 0;
  const char* const begin = entry.value.data();
  const char* const end = begin + entry.value.size();
  const auto parsed = std::from_chars(begin, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return fail(ErrorCode::invalid_model, "external data: ", entry.key, " '", entry.value, "' is not a number");
  }
  return number;
}

Result<Location> parse_location(const TensorProto& tensor) {
  Location location;
  for (const auto& entry : tensor.external_data) {
    if (entry.key == "location") location.path = entry.value;
    if (entry.key == "offset") {
      WEDGE_ASSIGN(location.offset, parse_number(entry));
    }
    if (entry.key == "length") {
      WEDGE_ASSIGN(location.length, parse_number(entry));
    }
  }
  return location;
}

/// A relative path without "..": on every system, so backslashes and drive letters count too.
bool stays_inside(std::string_view path) {
  if (path.empty() || path.find('\0') != path.npos) return false;
  if (path.front() == '/' || path.front() == '\\' || path.substr(1).starts_with(':')) return false;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find_first_of("/\\", begin), path.size());
    if (path.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

DataSource::DataSource(std::shared_ptr<const void> owner, const std::map<std::string, Bytes, std::less<>>& files)
    : owner_(std::move(owner)) {
  for (const auto& [location, bytes] : files)
    files_.emplace(location, OwnedBytes{.bytes = bytes, .owner = owner_, .file = nullptr});
}

DataSource::DataSource(const std::shared_ptr<const platform::FileBytes>& model, std::string folder)
    : owner_(model), file_(model.get()), folder_(std::move(folder)) {}

Result<OwnedBytes> DataSource::file(std::string_view location) const {
  if (!stays_inside(location)) {
    return fail(ErrorCode::invalid_model, "external data: '", location, "' is not a path inside the model's folder");
  }
  const Lock lock(mutex_);
  if (const auto known = files_.find(location); known != files_.end()) return known->second;
  if (folder_.empty()) {
    return fail(ErrorCode::not_found, "external data: the model came from memory and '", location,
                "' was not given with it");
  }
  const std::string path = text(folder_, '/', location);
  if (!platform::is_inside(path, folder_)) {
    return fail(ErrorCode::not_found, "external data: there is no file '", location, "' inside the model's folder '",
                folder_, "'");
  }
  WEDGE_ASSIGN(auto opened, platform::FileBytes::open(path));
  OwnedBytes file{.bytes = opened->bytes(), .owner = opened, .file = opened.get()};
  return files_.emplace(location, std::move(file)).first->second;
}

Result<OwnedBytes> DataSource::external(const TensorProto& tensor, size_t size) const {
  WEDGE_ASSIGN(const Location location, parse_location(tensor));
  if (location.length && *location.length != size) {
    return fail(ErrorCode::invalid_model, "external data: length ", *location.length, ", but the tensor takes ", size,
                " bytes");
  }
  WEDGE_ASSIGN(OwnedBytes data, file(location.path));
  if (location.offset > data.bytes.size() || size > data.bytes.size() - location.offset) {
    return fail(ErrorCode::out_of_range, "external data: ", size, " bytes at offset ", location.offset, " of '",
                location.path, "', which has ", data.bytes.size());
  }
  data.bytes = data.bytes.subspan(static_cast<size_t>(location.offset), size);
  return data;
}

}  // namespace wedge::onnx
