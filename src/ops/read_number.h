// Numbers of any type, read one at a time: for inputs that are looked at once, where a loop per type is not worth it.
#pragma once

#include "tensor/visit.h"

namespace wedge {

using ReadNumber = double (*)(const std::byte* in, size_t i);

template <typename T>
double read_number(const std::byte* in, size_t i) {
  return static_cast<double>(static_cast<ArithmeticType<T>>(reinterpret_cast<const T*>(in)[i]));
}

/// Null for types that are no numbers.
inline ReadNumber number_reader(DType dtype) {
  ReadNumber reader = nullptr;
  visit_numbers(dtype, [&]<typename T>() { reader = read_number<T>; });
  return reader;
}

}  // namespace wedge
