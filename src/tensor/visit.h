// From a DType at run time to a type at compile time: the one place where dtypes are enumerated for templates.
// Each calls visitor.operator()<T>() and returns true when the dtype is of the class it names, else returns false.
// Data movement should go by element width (visit_width), which costs a quarter of the code.
#pragma once

#include "base/built_in.h"
#include "tensor/tensor_ref.h"

namespace wedge {

template <typename T, typename Visitor>
bool visit_type(Visitor& visitor) {
  if constexpr (built_in::has_type(dtype_of<T>)) visitor.template operator()<T>();
  return built_in::has_type(dtype_of<T>);
}

template <typename Visitor>
bool visit_floats(DType dtype, Visitor visitor) {
  switch (dtype) {
    case DType::f32: return visit_type<float>(visitor);
    case DType::f64: return visit_type<double>(visitor);
    case DType::f16: return visit_type<Float16>(visitor);
    case DType::bf16: return visit_type<BFloat16>(visitor);
    default: return false;
  }
}

template <typename Visitor>
bool visit_integers(DType dtype, Visitor visitor) {
  switch (dtype) {
    case DType::i8: return visit_type<int8_t>(visitor);
    case DType::u8: return visit_type<uint8_t>(visitor);
    case DType::i16: return visit_type<int16_t>(visitor);
    case DType::u16: return visit_type<uint16_t>(visitor);
    case DType::i32: return visit_type<int32_t>(visitor);
    case DType::u32: return visit_type<uint32_t>(visitor);
    case DType::i64: return visit_type<int64_t>(visitor);
    case DType::u64: return visit_type<uint64_t>(visitor);
    default: return false;
  }
}

template <typename Visitor>
bool visit_numbers(DType dtype, Visitor visitor) {
  return visit_floats(dtype, visitor) || visit_integers(dtype, visitor);
}

/// An unsigned element of a given width, to be moved but not looked at.
struct Element16 {
  uint64_t words[2];
};

template <typename Word, typename Visitor>
bool visit_word(Visitor& visitor) {
  if constexpr (built_in::has_width(sizeof(Word))) visitor.template operator()<Word>();
  return built_in::has_width(sizeof(Word));
}

/// For dtypes of whole bytes, strings included.
template <typename Visitor>
bool visit_width(DType dtype, Visitor visitor) {
  switch (byte_width(dtype)) {
    case 1: return visit_word<uint8_t>(visitor);
    case 2: return visit_word<uint16_t>(visitor);
    case 4: return visit_word<uint32_t>(visitor);
    case 8: return visit_word<uint64_t>(visitor);
    case 16: return visit_word<Element16>(visitor);
    default: return false;
  }
}

/// The type that arithmetic on T is done in: float for the 16-bit floats, T itself otherwise.
template <typename T>
struct Arithmetic {
  using type = T;
};
template <>
struct Arithmetic<Float16> {
  using type = float;
};
template <>
struct Arithmetic<BFloat16> {
  using type = float;
};
template <typename T>
using ArithmeticType = typename Arithmetic<T>::type;

// What sums of products of T are kept in: unsigned integers wrap where signed ones must not overflow.
template <typename T>
struct Accumulator : Arithmetic<T> {};
template <std::signed_integral T>
struct Accumulator<T> : std::make_unsigned<T> {};
template <typename T>
using AccumulatorType = typename Accumulator<T>::type;

}  // namespace wedge
