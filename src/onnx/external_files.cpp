#include "onnx/external_files.h"

#include <algorithm>
#include <charconv>

#include "wedge/shape.h"

namespace wedge::onnx {
namespace {

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

class Collector {
 public:
  Result<> visit(const TensorProto& tensor) {
    if (tensor.data_location != TensorProto::DataLocation::external) return {};
    WEDGE_ASSIGN(const Location location, parse_location(tensor));
    WEDGE_ASSIGN(const Shape shape, Shape::from(tensor.dims));
    WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype_from_onnx(tensor.data_type), shape));
    auto file = std::ranges::find(files_, location.path, &ExternalFile::location);
    if (file == files_.end()) {
      files_.push_back({.location = std::string(location.path), .ranges = {}});
      file = files_.end() - 1;
    }
    if (size != 0 && location.offset < UINT64_MAX - size) file->ranges.push_back({location.offset, size, &tensor});
    return {};
  }

  Result<> visit(const SparseTensorProto& tensor) {
    WEDGE_TRY(visit(tensor.values));
    return visit(tensor.indices);
  }

  Result<> visit(const NodeProto& node) { return visit_all(node.attribute); }

  Result<> visit(const AttributeProto& attribute) {
    WEDGE_TRY(visit_all(attribute.tensors));
    WEDGE_TRY(visit_all(attribute.sparse_tensors));
    return visit_all(attribute.graphs);
  }

  Result<> visit(const GraphProto& graph) {
    WEDGE_TRY(visit_all(graph.initializer));
    WEDGE_TRY(visit_all(graph.sparse_initializer));
    return visit_all(graph.node);
  }

  Result<> visit(const FunctionProto& function) {
    WEDGE_TRY(visit_all(function.attribute_proto));
    return visit_all(function.node);
  }

  template <typename T>
  Result<> visit_all(const std::vector<T>& all) {
    for (const auto& each : all) WEDGE_TRY(visit(each));
    return {};
  }

  std::vector<ExternalFile> take() {
    for (ExternalFile& file : files_) merge(file.ranges);
    return std::move(files_);
  }

 private:
  // Tensors may share bytes.
  static void merge(std::vector<ExternalFile::Range>& ranges) {
    std::ranges::sort(ranges, {}, &ExternalFile::Range::offset);
    std::vector<ExternalFile::Range> merged;
    for (const auto& range : ranges) {
      if (merged.empty() || range.offset >= merged.back().offset + merged.back().size) {
        merged.push_back(range);
      } else {
        merged.back().size = std::max(merged.back().size, range.offset + range.size - merged.back().offset);
        merged.back().tensor = nullptr;
      }
    }
    ranges = std::move(merged);
  }

  std::vector<ExternalFile> files_;
};

}  // namespace

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
  if (!stays_inside(location.path)) {
    return fail(ErrorCode::invalid_model, "external data: '", location.path,
                "' is not a path inside the model's folder");
  }
  return location;
}

Result<std::vector<ExternalFile>> external_files(const Model& model) {
  Collector collector;
  WEDGE_TRY(collector.visit(model.graph));
  WEDGE_TRY(collector.visit_all(model.functions));
  return collector.take();
}

}  // namespace wedge::onnx
