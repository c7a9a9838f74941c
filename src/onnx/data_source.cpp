#include "onnx/data_source.h"

#include <algorithm>
#include <utility>

#include "base/platform.h"
#include "onnx/external_files.h"

namespace wedge::onnx {

DataSource::DataSource(std::shared_ptr<const void> owner, std::map<const std::byte*, OwnedBytes> detached,
                       Pieces pieces)
    : owner_(std::move(owner)), detached_(std::move(detached)), pieces_(std::move(pieces)) {}

DataSource::DataSource(const std::shared_ptr<const platform::FileBytes>& model, std::string folder)
    : owner_(model), file_(model.get()), folder_(std::move(folder)) {}

OwnedBytes DataSource::own(Bytes bytes) const {
  if (bytes.empty()) {
    if (const auto found = detached_.find(bytes.data()); found != detached_.end()) return found->second;
  }
  return {.bytes = bytes, .owner = owner_, .file = file_};
}

Result<OwnedBytes> DataSource::piece(const std::vector<Piece>& pieces, uint64_t offset, size_t size) {
  for (const Piece& piece : pieces) {
    if (piece.data.formed != nullptr && offset == piece.offset && size == piece.data.formed->form->element_bytes()) {
      return piece.data;
    }
    if (offset < piece.offset || offset - piece.offset > piece.data.bytes.size()) continue;
    const auto begin = static_cast<size_t>(offset - piece.offset);
    if (size > piece.data.bytes.size() - begin) continue;
    OwnedBytes data = piece.data;
    data.bytes = data.bytes.subspan(begin, size);
    return data;
  }
  return fail(ErrorCode::out_of_range, "external data: the file ends before the ", size, " bytes at offset ", offset);
}

Result<OwnedBytes> DataSource::file(std::string_view location) const {
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
  if (const auto known = pieces_.find(location.path); known != pieces_.end()) {
    return piece(known->second, location.offset, size);
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
