#include "onnx/wire.h"

#include <limits>

namespace wedge::onnx {
namespace {

std::string_view to_string(WireType type) {
  switch (type) {
    case WireType::varint: return "an integer";
    case WireType::fixed64: return "a 64-bit value";
    case WireType::length_delimited: return "a run of bytes";
    case WireType::fixed32: return "a 32-bit value";
  }
  return "nothing known";
}

}  // namespace

Result<uint64_t> WireReader::varint() {
  constexpr size_t longest = 10;
  uint64_t value = 0;
  for (size_t i = 0; i < longest; ++i) {
    if (i == rest_.size()) return fail(ErrorCode::invalid_model, message_, ": the bytes end inside an integer");
    const auto byte = std::to_integer<uint64_t>(rest_[i]);
    if (i == longest - 1 && byte > 1) break;
    value |= (byte & 0x7fU) << (7 * i);
    if (byte < 0x80) {
      rest_ = rest_.subspan(i + 1);
      return value;
    }
  }
  return fail(ErrorCode::invalid_model, message_, ": an integer takes more than 64 bits");
}

Result<uint64_t> WireReader::fixed(size_t width) {
  if (rest_.size() < width) {
    return fail(ErrorCode::invalid_model, message_, ": ", width, " bytes expected, ", rest_.size(), " left");
  }
  uint64_t value = 0;
  std::memcpy(&value, rest_.data(), width);
  rest_ = rest_.subspan(width);
  return value;
}

Result<Field> WireReader::next() {
  WEDGE_ASSIGN(const uint64_t tag, varint());
  const uint64_t number = tag >> 3;
  constexpr uint64_t largest_number = (1U << 29) - 1;
  if (number == 0 || number > largest_number) {
    return fail(ErrorCode::invalid_model, message_, ": ", number, " is no field number");
  }
  Field field{.message = message_, .number = static_cast<uint32_t>(number), .type = static_cast<WireType>(tag & 7U)};
  switch (field.type) {
    case WireType::varint: {
      WEDGE_ASSIGN(field.scalar, varint());
      return field;
    }
    case WireType::fixed64: {
      WEDGE_ASSIGN(field.scalar, fixed(8));
      return field;
    }
    case WireType::fixed32: {
      WEDGE_ASSIGN(field.scalar, fixed(4));
      return field;
    }
    case WireType::length_delimited: {
      WEDGE_ASSIGN(const uint64_t size, varint());
      if (size > rest_.size()) {
        return fail(ErrorCode::invalid_model, message_, " field ", number, ": ", size, " bytes expected, ",
                    rest_.size(), " left");
      }
      field.bytes = rest_.first(static_cast<size_t>(size));
      rest_ = rest_.subspan(static_cast<size_t>(size));
      return field;
    }
  }
  return fail(ErrorCode::invalid_model, message_, " field ", number, ": wire type ", tag & 7U,
              tag % 8 == 3 || tag % 8 == 4 ? " (a group) does not occur in ONNX" : " does not exist");
}

Result<> expect_type(const Field& field, WireType wanted) {
  if (field.type == wanted) return {};
  return fail(ErrorCode::invalid_model, field.message, " field ", field.number, ": expected ", to_string(wanted),
              ", got ", to_string(field.type));
}

Result<> read(const Field& field, Bytes& value) {
  WEDGE_TRY(expect_type(field, WireType::length_delimited));
  value = field.bytes;
  return {};
}

Result<> read(const Field& field, std::string_view& value) {
  WEDGE_TRY(expect_type(field, WireType::length_delimited));
  value = {reinterpret_cast<const char*>(field.bytes.data()), field.bytes.size()};
  return {};
}

Result<> append(const Field& field, std::vector<std::string_view>& values) {
  return read(field, values.emplace_back());
}

}  // namespace wedge::onnx
