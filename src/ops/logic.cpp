// And, Or, Xor and their bitwise kin, BitShift.
#include "ops/binary.h"

namespace wedge {
namespace {

struct And {
  template <typename T>
  static T apply(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct Or {
  template <typename T>
  static T apply(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct Xor {
  template <typename T>
  static T apply(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};
// A shift by the width or more leaves nothing.
struct ShiftLeft {
  template <typename T>
  static T apply(T a, T b) {
    return static_cast<uint64_t>(b) < sizeof(T) * 8 ? static_cast<T>(static_cast<uint64_t>(a) << b) : T{0};
  }
};
struct ShiftRight {
  template <typename T>
  static T apply(T a, T b) {
    return static_cast<uint64_t>(b) < sizeof(T) * 8 ? static_cast<T>(a >> b) : T{0};
  }
};

template <typename Function>
Result<Kernel> prepare_logical(PrepareContext& context) {
  if (context.dtype(0) != DType::boolean)
    return fail(ErrorCode::invalid_model, "inputs must be bool, got ", context.dtype(0));
  return prepare_binary(context, binary_loop<Function, bool>);
}

template <typename Function>
Result<Kernel> prepare_bitwise(PrepareContext& context) {
  BinaryLoop loop = nullptr;
  visit_integers(context.dtype(0), [&]<typename T>() { loop = binary_loop<Function, T>; });
  return prepare_binary(context, loop);
}

Result<Kernel> prepare_shift(PrepareContext& context) {
  WEDGE_ASSIGN(const auto direction, context.attributes().string("direction", ""));
  if (direction != "LEFT" && direction != "RIGHT") {
    return fail(ErrorCode::invalid_model, "direction must be LEFT or RIGHT, got '", direction, "'");
  }
  if (!is_unsigned_integer(context.dtype(0)))
    return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return direction == "LEFT" ? prepare_bitwise<ShiftLeft>(context) : prepare_bitwise<ShiftRight>(context);
}

constexpr Operator binary(Result<Kernel> (*prepared)(PrepareContext&)) {
  return {.infer = infer_same_type_binary, .prepare = prepared, .min_inputs = 2, .max_inputs = 2};
}

}  // namespace

WEDGE_OPERATOR(onnx, And) = binary(prepare_logical<And>);
WEDGE_OPERATOR(onnx, Or) = binary(prepare_logical<Or>);
WEDGE_OPERATOR(onnx, Xor) = binary(prepare_logical<Xor>);
WEDGE_OPERATOR(onnx, BitwiseAnd) = binary(prepare_bitwise<And>);
WEDGE_OPERATOR(onnx, BitwiseOr) = binary(prepare_bitwise<Or>);
WEDGE_OPERATOR(onnx, BitwiseXor) = binary(prepare_bitwise<Xor>);
WEDGE_OPERATOR(onnx, BitShift) = binary(prepare_shift);

}  // namespace wedge
