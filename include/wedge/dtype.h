// The element types of ONNX tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wedge/float16.h"

namespace wedge {

/// Element type of a tensor; the values are those of onnx.TensorProto.DataType. A sequence or optional is a tensor of
/// rank 1 whose elements are Tensors: its type is made of its elements' type by sequence_of() and optional_of().
enum class DType : uint8_t {
  undefined = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  string = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  bf16 = 16,
  f8e4m3fn = 17,
  f8e4m3fnuz = 18,
  f8e5m2 = 19,
  f8e5m2fnuz = 20,
  u4 = 21,
  i4 = 22,
  f4e2m1 = 23,
  f8e8m0 = 24,
  u2 = 25,
  i2 = 26,
};

/// The name as ONNX writes it: "float32", "int4", "bfloat16", "string", "seq(tensor(float32))" …
std::string_view to_string(DType dtype);

/// The type with that ONNX number, or undefined when there is none that tensors here can hold (complex numbers).
DType dtype_from_onnx(int32_t number);

/// Bits one element takes; strings are std::string_view, sub-byte types are packed low bits first. 0 for containers,
/// whose elements are never moved as bytes.
constexpr size_t bit_width(DType dtype) {
  switch (dtype) {
    case DType::undefined: return 0;
    case DType::u2:
    case DType::i2: return 2;
    case DType::u4:
    case DType::i4:
    case DType::f4e2m1: return 4;
    case DType::u8:
    case DType::i8:
    case DType::boolean:
    case DType::f8e4m3fn:
    case DType::f8e4m3fnuz:
    case DType::f8e5m2:
    case DType::f8e5m2fnuz:
    case DType::f8e8m0: return 8;
    case DType::u16:
    case DType::i16:
    case DType::f16:
    case DType::bf16: return 16;
    case DType::f32:
    case DType::i32:
    case DType::u32: return 32;
    case DType::f64:
    case DType::i64:
    case DType::u64: return 64;
    case DType::string: return sizeof(std::string_view) * 8;
  }
  return 0;
}

/// Bytes one element takes, 0 for sub-byte types (see bit_width).
constexpr size_t byte_width(DType dtype) { return bit_width(dtype) / 8; }

constexpr bool is_packed(DType dtype) { return bit_width(dtype) != 0 && bit_width(dtype) < 8; }
constexpr bool is_float(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::f64;
}
constexpr bool is_signed_integer(DType dtype) {
  return dtype == DType::i8 || dtype == DType::i16 || dtype == DType::i32 || dtype == DType::i64;
}
constexpr bool is_unsigned_integer(DType dtype) {
  return dtype == DType::u8 || dtype == DType::u16 || dtype == DType::u32 || dtype == DType::u64;
}
/// Whole-byte integers, without bool.
constexpr bool is_integer(DType dtype) { return is_signed_integer(dtype) || is_unsigned_integer(dtype); }

/// The type of sequences whose elements are tensors of this type; undefined for elements that are not tensors.
constexpr DType sequence_of(DType element) {
  const auto number = static_cast<unsigned>(element);
  return number == 0 || number >= 0x20 ? DType::undefined : static_cast<DType>(number | 0x20U);
}
/// The type of optionals that hold a tensor or a sequence of this type, or nothing.
constexpr DType optional_of(DType element) {
  const auto number = static_cast<unsigned>(element);
  return number == 0 || number >= 0x40 ? DType::undefined : static_cast<DType>(number | 0x40U);
}
constexpr bool is_optional(DType dtype) { return (static_cast<unsigned>(dtype) & 0x40U) != 0; }
constexpr bool is_sequence(DType dtype) { return !is_optional(dtype) && (static_cast<unsigned>(dtype) & 0x20U) != 0; }
/// A sequence or an optional: the elements are Tensors.
constexpr bool is_container(DType dtype) { return is_sequence(dtype) || is_optional(dtype); }
/// The type of a container's elements.
constexpr DType element_type(DType container) {
  return static_cast<DType>(static_cast<unsigned>(container) & (is_optional(container) ? 0x3FU : 0x1FU));
}

/// The DType of a C++ element type; undefined when tensors do not hold that type.
template <typename T>
inline constexpr DType dtype_of = DType::undefined;
template <>
inline constexpr DType dtype_of<float> = DType::f32;
template <>
inline constexpr DType dtype_of<double> = DType::f64;
template <>
inline constexpr DType dtype_of<Float16> = DType::f16;
template <>
inline constexpr DType dtype_of<BFloat16> = DType::bf16;
template <>
inline constexpr DType dtype_of<int8_t> = DType::i8;
template <>
inline constexpr DType dtype_of<uint8_t> = DType::u8;
template <>
inline constexpr DType dtype_of<int16_t> = DType::i16;
template <>
inline constexpr DType dtype_of<uint16_t> = DType::u16;
template <>
inline constexpr DType dtype_of<int32_t> = DType::i32;
template <>
inline constexpr DType dtype_of<uint32_t> = DType::u32;
template <>
inline constexpr DType dtype_of<int64_t> = DType::i64;
template <>
inline constexpr DType dtype_of<uint64_t> = DType::u64;
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;
template <>
inline constexpr DType dtype_of<std::string_view> = DType::string;
template <typename T>
inline constexpr DType dtype_of<const T> = dtype_of<T>;

/// The C++ types that tensor elements can be viewed as.
template <typename T>
concept Element = dtype_of<T> != DType::undefined;

}  // namespace wedge
