// Clip: bounds are attributes before opset 11, optional inputs since; any number type.
#include <limits>

#include "ops/binary.h"
#include "ops/unary.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  return infer_same_as_input(context);
}

template <typename T>
ArithmeticType<T> bound(RunContext& run, size_t input, ArithmeticType<T> absent) {
  return run.has_input(input) ? static_cast<ArithmeticType<T>>(run.input<T>(input)[0]) : absent;
}

template <typename T>
void clip_block(const T* in, T* out, size_t count, ArithmeticType<T> low, ArithmeticType<T> high) {
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<ArithmeticType<T>>(in[i]);
    // The upper bound wins where they cross, and NaN stays.
    const auto raised = x < low ? low : x;
    out[i] = static_cast<T>(high < raised ? high : raised);
  }
}

void clip_block(const float* in, float* out, size_t count, float low, float high) {
  kernels::unary_f32_of<kernels::UnaryFunction::clip>(in, out, count, {.alpha = low, .beta = high});
}

// The bounds are read at run time: they may be computed.
template <typename T>
Kernel clip_inputs(size_t count) {
  return [=](RunContext& run) -> Result<> {
    using Limits = std::numeric_limits<ArithmeticType<T>>;
    constexpr auto lowest = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    constexpr auto highest = Limits::has_infinity ? Limits::infinity() : Limits::max();
    const auto low = bound<T>(run, 1, lowest);
    const auto high = bound<T>(run, 2, highest);
    const T* in = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    run.workers().run(count, elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      clip_block(in + begin, out + begin, end - begin, low, high);
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  constexpr int64_t first_with_inputs = 11;
  if (context.version() < first_with_inputs) {
    WEDGE_ASSIGN(const float low, context.attributes().number("min", std::numeric_limits<float>::lowest()));
    WEDGE_ASSIGN(const float high, context.attributes().number("max", std::numeric_limits<float>::max()));
    return prepare_unary(context, vector_unary_loop<kernels::UnaryFunction::clip>(context.dtype(0)),
                         {.alpha = low, .beta = high});
  }
  for (const size_t i : {size_t{1}, size_t{2}}) {
    if (context.has_input(i) && context.input_shape(i).numel() != 1) {
      return fail(ErrorCode::invalid_model, "a bound must be one number, got shape ", context.input_shape(i));
    }
  }
  const auto count = static_cast<size_t>(context.output_shape(0).numel());
  Kernel kernel;
  visit_numbers(context.dtype(0), [&]<typename T>() { kernel = clip_inputs<T>(count); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  context.in_place(0, 0);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Clip) = {.infer = infer, .prepare = prepare, .max_inputs = 3};

}  // namespace wedge
