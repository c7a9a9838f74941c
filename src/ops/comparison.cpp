// Equal, Less, LessOrEqual, Greater, GreaterOrEqual: two broadcast operands of one type to bool.
#include <functional>

#include "ops/binary.h"

namespace wedge {
namespace {

template <typename Relation>
struct Compare {
  template <typename T>
  static bool apply(T a, T b) {
    return Relation()(a, b);
  }
};

template <typename Relation>
Result<Kernel> prepare(PrepareContext& context) {
  BinaryLoop loop = nullptr;
  visit_numbers(context.dtype(0), [&]<typename T>() { loop = binary_loop<Compare<Relation>, T, bool>; });
  return prepare_binary(context, loop);
}

Result<Kernel> prepare_equal(PrepareContext& context) {
  if (context.dtype(0) == DType::boolean) return prepare_binary(context, binary_loop<Compare<std::equal_to<>>, bool>);
  if (context.dtype(0) == DType::string) {
    return prepare_binary(context, binary_loop<Compare<std::equal_to<>>, std::string_view, bool>);
  }
  return prepare<std::equal_to<>>(context);
}

constexpr Operator comparison(Result<Kernel> (*prepared)(PrepareContext&)) {
  return {.infer = infer_comparison, .prepare = prepared, .min_inputs = 2, .max_inputs = 2};
}

}  // namespace

WEDGE_OPERATOR(onnx, Equal) = comparison(prepare_equal);
WEDGE_OPERATOR(onnx, Less) = comparison(prepare<std::less<>>);
WEDGE_OPERATOR(onnx, LessOrEqual) = comparison(prepare<std::less_equal<>>);
WEDGE_OPERATOR(onnx, Greater) = comparison(prepare<std::greater<>>);
WEDGE_OPERATOR(onnx, GreaterOrEqual) = comparison(prepare<std::greater_equal<>>);

}  // namespace wedge
