// Fields as bytes, in both directions: numbers little-endian, texts and lists after their length.
#pragma once

#include <concepts>
#include <cstring>
#include <string>
#include <type_traits>

#include "base/checked.h"
#include "base/result.h"
#include "wedge/tensor.h"

namespace wedge::packed {

template <typename T>
concept Number = std::is_arithmetic_v<T>;

class Writer {
 public:
  static constexpr bool reads = false;

  Result<> operator()(Number auto number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return {};
  }
  Result<> operator()(DType dtype) { return (*this)(static_cast<uint8_t>(dtype)); }
  Result<> operator()(const std::string& text) {
    WEDGE_TRY((*this)(static_cast<uint64_t>(text.size())));
    bytes_ += text;
    return {};
  }
  Result<> operator()(const Tensor& tensor);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Every Error is invalid_model: the bytes end early or cannot be what they are meant to be.
class Reader {
 public:
  static constexpr bool reads = true;

  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <Number T>
  Result<> operator()(T& number) {
    WEDGE_ASSIGN(const auto bytes, take(sizeof number));
    if constexpr (std::is_same_v<T, bool>) {
      number = bytes[0] != std::byte{0};
    } else {
      std::memcpy(&number, bytes.data(), sizeof number);
    }
    return {};
  }
  Result<> operator()(DType& dtype);
  Result<> operator()(std::string& text);
  Result<> operator()(Tensor& tensor);

  Result<std::span<const std::byte>> take(uint64_t count);
  [[nodiscard]] size_t left() const { return bytes_.size(); }

  /// Containers hold containers, graphs hold graphs: so deep and no deeper.
  static constexpr int deepest = 32;
  int depth = 0;

 private:
  std::span<const std::byte> bytes_;
};

/// A list, element by element through `field`. A count that the bytes left cannot hold is refused before anything is
/// allocated.
template <typename Archive, typename List, typename Field>
Result<> list(Archive& archive, List& elements, Field field) {
  uint64_t count = elements.size();
  WEDGE_TRY(archive(count));
  if constexpr (Archive::reads) {
    if (count > archive.left()) return fail(ErrorCode::invalid_model, "the packed model ends within a list");
    elements.resize(static_cast<size_t>(count));
  }
  for (auto& element : elements) WEDGE_TRY(field(element));
  return {};
}

template <typename Archive, typename List>
Result<> list(Archive& archive, List& elements) {
  return list(archive, elements, [&](auto& element) { return archive(element); });
}

}  // namespace wedge::packed
