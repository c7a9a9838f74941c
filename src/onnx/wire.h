// The protobuf wire format: a message is a run of fields, each a number, a wire type and a value.
// https://protobuf.dev/programming-guides/encoding
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wedge::onnx {

using Bytes = std::span<const std::byte>;

enum class WireType : uint8_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };

/// One field of a message, as views into its bytes.
struct Field {
  std::string_view message;  ///< the name of the message, for error sentences
  uint32_t number = 0;
  WireType type = WireType::varint;
  uint64_t scalar = 0;  ///< the value of a varint or a fixed-width field
  Bytes bytes;          ///< the value of a length-delimited field
};

/// Reads the fields of one message in order, never past its end.
class WireReader {
 public:
  WireReader(std::string_view message, Bytes bytes) : message_(message), rest_(bytes) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  /// Error: invalid_model when the bytes are cut short, a group, or no field at all.
  Result<Field> next();
  /// Error: invalid_model when it is cut short or takes more than 64 bits.
  Result<uint64_t> varint();

 private:
  Result<uint64_t> fixed(size_t width);

  std::string_view message_;
  Bytes rest_;
};

/// Calls visit(field), which returns Result<>, for every field; stops at the first error.
template <typename Visit>
Result<> for_each_field(std::string_view message, Bytes bytes, Visit&& visit) {
  WireReader reader(message, bytes);
  while (!reader.done()) {
    WEDGE_ASSIGN(const Field field, reader.next());
    WEDGE_TRY(visit(field));
  }
  return {};
}

/// An Error unless the field has that wire type.
Result<> expect_type(const Field& field, WireType wanted);

/// The number types of protobuf: int32, int64, uint64 and enums as varints, float and double at fixed width.
template <typename T>
inline constexpr WireType wire_type_of = std::integral<T> ? WireType::varint
                                         : sizeof(T) == 4 ? WireType::fixed32
                                                          : WireType::fixed64;

template <typename T>
T number_from_wire(uint64_t scalar) {
  if constexpr (std::integral<T>) {
    return static_cast<T>(scalar);
  } else {
    T value;
    std::memcpy(&value, &scalar, sizeof value);
    return value;
  }
}

template <typename T>
  requires std::integral<T> || std::floating_point<T>
Result<> read(const Field& field, T& value) {
  WEDGE_TRY(expect_type(field, wire_type_of<T>));
  value = number_from_wire<T>(field.scalar);
  return {};
}
Result<> read(const Field& field, Bytes& value);
Result<> read(const Field& field, std::string_view& value);

/// The numbers a field of a repeated number adds: many when it is packed, else one.
/// Error: invalid_model when a packed run is no whole number of elements.
template <typename T>
Result<size_t> count_numbers(const Field& field) {
  if (field.type != WireType::length_delimited) {
    WEDGE_TRY(expect_type(field, wire_type_of<T>));
    return 1;
  }
  if constexpr (std::integral<T>) {
    size_t count = 0;
    for (const std::byte byte : field.bytes) count += (byte & std::byte{0x80}) == std::byte{0} ? 1 : 0;
    return count;
  } else {
    if (field.bytes.size() % sizeof(T) != 0) {
      return fail(ErrorCode::invalid_model, field.message, " field ", field.number, ": ", field.bytes.size(),
                  " bytes are no whole number of ", sizeof(T), "-byte values");
    }
    return field.bytes.size() / sizeof(T);
  }
}

/// Calls take(T) for each number that a field of a repeated number adds, packed or not.
template <typename T, typename Take>
Result<> for_each_number(const Field& field, Take&& take) {
  if (field.type != WireType::length_delimited) {
    T value{};
    WEDGE_TRY(read(field, value));
    take(value);
    return {};
  }
  if constexpr (std::integral<T>) {
    WireReader run(field.message, field.bytes);
    while (!run.done()) {
      WEDGE_ASSIGN(const uint64_t value, run.varint());
      take(static_cast<T>(value));
    }
  } else {
    WEDGE_ASSIGN(const size_t count, count_numbers<T>(field));
    for (size_t i = 0; i < count; ++i) {
      T value;
      std::memcpy(&value, field.bytes.data() + i * sizeof(T), sizeof(T));
      take(value);
    }
  }
  return {};
}

/// Adds what the field holds to a repeated number.
template <typename T>
  requires std::integral<T> || std::floating_point<T>
Result<> append(const Field& field, std::vector<T>& values) {
  return for_each_number<T>(field, [&](T value) { values.push_back(value); });
}
/// Adds a string to a repeated string.
Result<> append(const Field& field, std::vector<std::string_view>& values);

}  // namespace wedge::onnx
