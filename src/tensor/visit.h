// From a DType at run time to a type at compile time: the one place where dtypes are enumerated for templates.
// Each calls visitor.operator()<T>() and returns true when the dtype is of the class it names, else returns false.
// Data movement should go by element width (visit_width), which costs a quarter of the code.
#pragma once

#include "tensor/tensor_ref.h"

namespace wedge {

template <typename Visitor>
bool visit_floats(DType dtype, Visitor visitor) {
  switch (dtype) {
    case DType::f32: visitor.template operator()<float>(); return true;
    case DType::f64: visitor.template operator()<double>(); return true;
    case DType::f16: visitor.template operator()<Float16>(); return true;
    case DType::bf16: visitor.template operator()<BFloat16>(); return true;
    default: return false;
  }
}

template <typename Visitor>
bool visit_integers(DType dtype, Visitor visitor) {
  switch (dtype) {
    case DType::i8: visitor.template operator()<int8_t>(); return true;
    case DType::u8: visitor.template operator()<uint8_t>(); return true;
    case DType::i16: visitor.template operator()<int16_t>(); return true;
    case DType::u16: visitor.template operator()<uint16_t>(); return true;
    case DType::i32: visitor.template operator()<int32_t>(); return true;
    case DType::u32: visitor.template operator()<uint32_t>(); return true;
    case DType::i64: visitor.template operator()<int64_t>(); return true;
    case DType::u64: visitor.template operator()<uint64_t>(); return true;
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

/// For dtypes of whole bytes, strings included.
template <typename Visitor>
bool visit_width(DType dtype, Visitor visitor) {
  switch (byte_width(dtype)) {
    case 1: visitor.template operator()<uint8_t>(); return true;
    case 2: visitor.template operator()<uint16_t>(); return true;
    case 4: visitor.template operator()<uint32_t>(); return true;
    case 8: visitor.template operator()<uint64_t>(); return true;
    case 16: visitor.template operator()<Element16>(); return true;
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
