// Gelu, BiasGelu, FastGelu and QuickGelu of com.microsoft: an activation of x plus a bias for each element of a row.
// BiasSplitGelu activates the second half of each row, by which it multiplies the first.
#include <algorithm>

#include "kernels/elementwise.h"
#include "ops/binary.h"
#include "tensor/float_access.h"

namespace wedge {
namespace {

using kernels::UnaryFunction;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16}));
  if (context.input_count() > 1) {
    WEDGE_TRY(context.expect_same_dtype(0, 1));
    WEDGE_TRY(context.expect_rank(1, 1, 1));
  }
  context.set_output(0, context.dtype(0), context.shape(0));
  return {};
}

struct Activation {
  UnaryFunction function = UnaryFunction::gelu;
  /// The function of alpha * x, divided by alpha.
  float alpha = 1;
};

void apply(const Activation& activation, float* x, size_t count) {
  if (activation.alpha == 0) {
    // The limit of x * sigmoid(alpha * x).
    for (size_t i = 0; i < count; ++i) x[i] /= 2;
    return;
  }
  for (size_t i = 0; i < count && activation.alpha != 1; ++i) x[i] *= activation.alpha;
  kernels::unary_f32(activation.function, x, x, count);
  for (size_t i = 0; i < count && activation.alpha != 1; ++i) x[i] /= activation.alpha;
}

Result<Kernel> prepare_activation(PrepareContext& context, Activation activation) {
  const Shape shape = context.input_shape(0);
  const bool has_bias = context.has_input(1);
  const auto columns = has_bias ? static_cast<size_t>(context.input_shape(1).numel()) : 0;
  if (has_bias && (shape.rank() == 0 || context.input_shape(1) != Shape{shape[shape.rank() - 1]})) {
    return fail(ErrorCode::invalid_model, "a bias of shape ", context.input_shape(1), " does not fit ", shape);
  }
  if (shape.numel() == 0) return Kernel();
  const DType dtype = context.dtype(0);
  const Scratch scratch = context.scratch(columns, sizeof(float));
  return [=](RunContext& run) -> Result<> {
    auto* bias = run.scratch<float>(scratch);
    if (has_bias) read_floats(dtype, run.input(1).data, 0, columns, bias);
    const std::byte* in = run.input(0).data;
    std::byte* out = run.output(0).data;
    run.workers().run(static_cast<size_t>(shape.numel()), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      constexpr size_t block = 256;
      float x[block];
      for (size_t first = begin; first < end; first += block) {
        const size_t count = std::min(block, end - first);
        read_floats(dtype, in, first, count, x);
        for (size_t i = 0, column = has_bias ? first % columns : 0; has_bias && i < count; ++i) {
          x[i] += bias[column];
          if (++column == columns) column = 0;
        }
        apply(activation, x, count);
        write_floats(dtype, x, first, count, out);
      }
    });
    return {};
  };
}

template <UnaryFunction function>
Result<Kernel> prepare(PrepareContext& context) {
  return prepare_activation(context, {.function = function});
}

Result<Kernel> prepare_quick(PrepareContext& context) {
  Activation activation{.function = UnaryFunction::silu};
  WEDGE_ASSIGN(activation.alpha, context.attributes().number("alpha", 1.702F));
  return prepare_activation(context, activation);
}

Result<> infer_split(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 1, Shape::max_rank));
  WEDGE_TRY(infer(context));
  SymbolicShape shape = context.shape(0);
  if (shape.has_rank()) {
    Dim& last = shape[shape.rank() - 1];
    if (last.is_known() && last.value() % 2 != 0) {
      return fail(ErrorCode::invalid_model, "rows of ", last.value(), " elements have no halves");
    }
    last = last.is_known() ? Dim(last.value() / 2) : Dim::unknown();
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

Result<Kernel> prepare_split(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  const auto columns = static_cast<size_t>(shape[shape.rank() - 1]);
  if (context.input_shape(1) != Shape{shape[shape.rank() - 1]}) {
    return fail(ErrorCode::invalid_model, "a bias of shape ", context.input_shape(1), " does not fit ", shape);
  }
  if (shape.numel() == 0) return Kernel();
  const DType dtype = context.dtype(0);
  const auto rows = static_cast<size_t>(shape.numel()) / columns;
  const Scratch bias = context.scratch(columns, sizeof(float));
  const Scratch room = context.scratch_per_worker(columns, sizeof(float));
  return [=](RunContext& run) -> Result<> {
    auto* biases = run.scratch<float>(bias);
    read_floats(dtype, run.input(1).data, 0, columns, biases);
    const size_t grain = std::max<size_t>(1, elementwise_grain / columns);
    run.workers().run(rows, grain, [&](size_t begin, size_t end, unsigned worker) {
      auto* x = run.scratch<float>(room, worker);
      const size_t half = columns / 2;
      for (size_t row = begin; row < end; ++row) {
        read_floats(dtype, run.input(0).data, row * columns, columns, x);
        for (size_t i = 0; i < columns; ++i) x[i] += biases[i];
        kernels::unary_f32(UnaryFunction::gelu, x + half, x + half, half);
        for (size_t i = 0; i < half; ++i) x[i] *= x[half + i];
        write_floats(dtype, x, row * half, half, run.output(0).data);
      }
    });
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(microsoft, Gelu) = {.infer = infer, .prepare = prepare<UnaryFunction::gelu>};
WEDGE_OPERATOR(microsoft, BiasGelu) = {
    .infer = infer, .prepare = prepare<UnaryFunction::gelu>, .min_inputs = 2, .max_inputs = 2};
WEDGE_OPERATOR(microsoft, BiasSplitGelu) = {
    .infer = infer_split, .prepare = prepare_split, .min_inputs = 2, .max_inputs = 2};
WEDGE_OPERATOR(microsoft, FastGelu) = {.infer = infer, .prepare = prepare<UnaryFunction::gelu_tanh>, .max_inputs = 2};
WEDGE_OPERATOR(microsoft, QuickGelu) = {.infer = infer, .prepare = prepare_quick};

}  // namespace wedge
