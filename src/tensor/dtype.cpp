#include "wedge/dtype.h"

#include <array>
#include <string>

#include "base/built_in_parts.h"

namespace wedge {
namespace {

constexpr size_t largest_container = 0x80;

using Names = std::array<std::string, largest_container>;

[[maybe_unused]] Names name_containers() {
  Names names;
  for (size_t number = 0x20; number < largest_container; ++number) {
    const auto dtype = static_cast<DType>(number);
    const DType element = element_type(dtype);
    const std::string inner =
        is_container(element) ? names[static_cast<size_t>(element)] : "tensor(" + std::string(to_string(element)) + ")";
    names[number] = (is_sequence(dtype) ? "seq(" : "optional(") + inner + ")";
  }
  return names;
}

}  // namespace

std::string_view to_string(DType dtype) {
  if (built_in::is_container(dtype)) {
    static const Names names = name_containers();
    const auto number = static_cast<size_t>(dtype);
    return number < names.size() ? std::string_view(names[number]) : "undefined";
  }
  switch (dtype) {
    case DType::undefined: return "undefined";
    case DType::f32: return "float32";
    case DType::u8: return "uint8";
    case DType::i8: return "int8";
    case DType::u16: return "uint16";
    case DType::i16: return "int16";
    case DType::i32: return "int32";
    case DType::i64: return "int64";
    case DType::string: return "string";
    case DType::boolean: return "bool";
    case DType::f16: return "float16";
    case DType::f64: return "float64";
    case DType::u32: return "uint32";
    case DType::u64: return "uint64";
    case DType::bf16: return "bfloat16";
    case DType::f8e4m3fn: return "float8e4m3fn";
    case DType::f8e4m3fnuz: return "float8e4m3fnuz";
    case DType::f8e5m2: return "float8e5m2";
    case DType::f8e5m2fnuz: return "float8e5m2fnuz";
    case DType::u4: return "uint4";
    case DType::i4: return "int4";
    case DType::f4e2m1: return "float4e2m1";
    case DType::f8e8m0: return "float8e8m0";
    case DType::u2: return "uint2";
    case DType::i2: return "int2";
  }
  return "undefined";
}

DType dtype_from_onnx(int32_t number) {
  constexpr int32_t complex64 = 14;
  constexpr int32_t complex128 = 15;
  if (number <= 0 || number > static_cast<int32_t>(DType::i2)) return DType::undefined;
  if (number == complex64 || number == complex128) return DType::undefined;
  const auto dtype = static_cast<DType>(number);
  return built_in::has_type(dtype) ? dtype : DType::undefined;
}

}  // namespace wedge
