// QLinearAdd and QLinearMul: sums and products of broadcast 8-bit tensors. wedge.QuantizedAdd is the sum of tensors of
// one shape, which passes make.
#include "ops/binary.h"
#include "ops/broadcast.h"
#include "ops/qlinear.h"

namespace wedge {
namespace {

constexpr size_t a_scale = 1;
constexpr size_t b_numbers = 3;
constexpr size_t b_scale = 4;
constexpr size_t c_scale = 6;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_present({a_scale, b_numbers, b_scale, c_scale}));
  WEDGE_TRY(expect_qlinear(context, {.numbers = 0, .scale = a_scale}));
  WEDGE_TRY(expect_qlinear(context, {.numbers = b_numbers, .scale = b_scale}));
  WEDGE_TRY(context.expect_dtype(c_scale, {DType::f32}));
  WEDGE_TRY(context.expect_same_dtype(0, b_numbers));
  WEDGE_TRY(context.expect_same_dtype(0, c_scale + 1));
  context.set_output(0, context.dtype(0), {});
  if (!context.shape(0).has_rank() || !context.shape(b_numbers).has_rank()) return {};
  WEDGE_ASSIGN(const SymbolicShape shape, broadcast_shapes(context.shape(0), context.shape(b_numbers)));
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<> expect_quantizations(const NodeView& node) {
  for (const size_t scale : {a_scale, b_scale, c_scale}) WEDGE_TRY(expect_one_quantization(node, scale));
  return {};
}

template <typename T>
Kernel same_shape_sum() {
  return [](RunContext& run) -> Result<> {
    const auto a = run.input<T>(0);
    const T* b = run.input<T>(b_numbers).data();
    T* out = run.output<T>(0).data();
    run.workers().run(a.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      kernels::add_quantized(a.data() + begin, read_quantization(run, a_scale), b + begin,
                             read_quantization(run, b_scale), out + begin, read_quantization(run, c_scale),
                             end - begin);
    });
    return {};
  };
}

// Numbers are first brought to the steps of the result, where one rounding is left.
struct Sum {
  static kernels::Quantization left(kernels::Quantization a, kernels::Quantization, kernels::Quantization c) {
    return {.scale = a.scale / c.scale, .zero = a.zero};
  }
  static kernels::Quantization right(kernels::Quantization, kernels::Quantization b, kernels::Quantization c) {
    return {.scale = b.scale / c.scale, .zero = b.zero};
  }
  static float apply(float a, float b) { return a + b; }
};
struct Product {
  static kernels::Quantization left(kernels::Quantization a, kernels::Quantization b, kernels::Quantization c) {
    return {.scale = a.scale * b.scale / c.scale, .zero = a.zero};
  }
  static kernels::Quantization right(kernels::Quantization, kernels::Quantization b, kernels::Quantization) {
    return {.scale = 1, .zero = b.zero};
  }
  static float apply(float a, float b) { return a * b; }
};

template <typename Function, typename T>
Kernel broadcast_kernel(const Broadcast& broadcast, size_t count) {
  return [=](RunContext& run) -> Result<> {
    const auto of_a = read_quantization(run, a_scale);
    const auto of_b = read_quantization(run, b_scale);
    const auto of_c = read_quantization(run, c_scale);
    const auto left = Function::left(of_a, of_b, of_c);
    const auto right = Function::right(of_a, of_b, of_c);
    const T* a = run.input<T>(0).data();
    const T* b = run.input<T>(b_numbers).data();
    write_quantized(
        run, count, {.scale = 1, .zero = of_c.zero}, run.output<T>(0).data(),
        [&](float* numbers, size_t first, size_t length) {
          broadcast.for_each_piece(first, first + length, [&](const auto& at, int64_t out, int64_t run_length) {
            for (int64_t i = 0; i < run_length; ++i) {
              const float x = static_cast<float>(a[at[0] + i * broadcast.step(0)] - left.zero) * left.scale;
              const float y = static_cast<float>(b[at[1] + i * broadcast.step(1)] - right.zero) * right.scale;
              numbers[out + i - static_cast<int64_t>(first)] = Function::apply(x, y);
            }
          });
        });
    return {};
  };
}

template <typename Function>
Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_TRY(expect_quantizations(context));
  const Shape shape = context.output_shape(0);
  if (shape.numel() == 0) return Kernel();
  const Broadcast broadcast(shape, {context.input_shape(0), context.input_shape(b_numbers)});
  const auto count = static_cast<size_t>(shape.numel());
  return visit_bytes(context.dtype(0),
                     [&]<typename T>() -> Kernel { return broadcast_kernel<Function, T>(broadcast, count); });
}

Result<Kernel> prepare_same_shape(PrepareContext& context) {
  WEDGE_TRY(expect_quantizations(context));
  context.in_place(0, 0);
  context.in_place(0, b_numbers);
  return visit_bytes(context.dtype(0), []<typename T>() -> Kernel { return same_shape_sum<T>(); });
}

Result<Kernel> prepare_sum(PrepareContext& context) {
  if (context.input_shape(0) == context.input_shape(b_numbers)) return prepare_same_shape(context);
  return prepare<Sum>(context);
}

Result<Kernel> prepare_quantized_add(PrepareContext& context) {
  if (context.input_shape(0) == context.input_shape(b_numbers)) return prepare_same_shape(context);
  return fail(ErrorCode::invalid_model, "quantised tensors to be added must have the same shape");
}

}  // namespace

WEDGE_OPERATOR(microsoft, QLinearAdd) = {.infer = infer, .prepare = prepare_sum, .min_inputs = 2, .max_inputs = 8};
WEDGE_OPERATOR(microsoft, QLinearMul) = {.infer = infer, .prepare = prepare<Product>, .min_inputs = 2, .max_inputs = 8};
WEDGE_OPERATOR(wedge, QuantizedAdd) = {
    .infer = infer, .prepare = prepare_quantized_add, .min_inputs = 8, .max_inputs = 8};

}  // namespace wedge
