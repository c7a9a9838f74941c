// Imputer of ai.onnx.ml: one value, which stands for a missing one, replaced by another.
#include <cmath>
#include <utility>

#include "ops/operator.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::i32, DType::i64}));
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  return infer_same_as_input(context);
}

template <typename T, typename Value>
bool is_missing(T element, Value missing) {
  if constexpr (std::floating_point<T>)
    return element == static_cast<T>(missing) || (std::isnan(missing) && std::isnan(element));
  return static_cast<Value>(element) == missing;
}

/// `Value`: the type of the attributes for elements of type T.
template <typename T, typename Value>
Result<Kernel> kernel_for(const Shape& shape, std::span<const Value> given, Value missing) {
  const auto features = static_cast<size_t>(shape[shape.rank() - 1]);
  if (given.empty() || (given.size() != 1 && given.size() != features)) {
    return fail(ErrorCode::invalid_argument, given.size(), " values for ", features, " features");
  }
  std::vector<T> values;
  for (const Value value : given) {
    if constexpr (std::integral<T>) {
      if (!std::in_range<T>(value)) return fail(ErrorCode::invalid_model, value, " is out of the elements' range");
    }
    values.push_back(static_cast<T>(value));
  }
  const size_t step = values.size() == 1 ? 0 : 1;
  const auto rows = static_cast<size_t>(shape.numel(0, shape.rank() - 1));
  return [=, values = std::move(values)](RunContext& run) -> Result<> {
    const T* in = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    for (size_t row = 0; row < rows; ++row) {
      for (size_t k = 0; k < features; ++k) {
        const T element = *in++;
        *out++ = is_missing(element, missing) ? values[k * step] : element;
      }
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Attributes& attributes = context.attributes();
  WEDGE_ASSIGN(const auto numbers, attributes.numbers("imputed_value_floats"));
  WEDGE_ASSIGN(const auto integers, attributes.integers("imputed_value_int64s"));
  WEDGE_ASSIGN(const float missing_number, attributes.number("replaced_value_float", 0));
  WEDGE_ASSIGN(const int64_t missing_integer, attributes.integer("replaced_value_int64", 0));
  const Shape shape = context.input_shape(0);
  context.in_place(0, 0);
  switch (context.dtype(0)) {
    case DType::f32: return kernel_for<float>(shape, numbers, missing_number);
    case DType::f64: return kernel_for<double>(shape, numbers, missing_number);
    case DType::i32: return kernel_for<int32_t>(shape, integers, missing_integer);
    default: return kernel_for<int64_t>(shape, integers, missing_integer);
  }
}

}  // namespace

WEDGE_OPERATOR(ml, Imputer) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
