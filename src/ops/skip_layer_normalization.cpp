// SkipLayerNormalization and SkipSimplifiedLayerNormalization of com.microsoft: the rows of input + skip + bias brought
// to mean 0 and variance 1, or to root mean square 1. The skip may be shared by the elements of the batch.
#include "kernels/normalization.h"
#include "ops/attention.h"

namespace wedge {
namespace {

constexpr size_t sum_output = 3;

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f16, DType::bf16}));
  for (size_t i = 1; i < context.input_count(); ++i) WEDGE_TRY(context.expect_same_dtype(0, i));
  WEDGE_TRY(context.expect_rank(0, 2, 3));
  const SymbolicShape& shape = context.shape(0);
  SymbolicShape statistics = shape;
  if (shape.has_rank()) statistics[shape.rank() - 1] = 1;
  context.set_output(0, context.dtype(0), shape);
  context.set_output(1, DType::f32, statistics);
  context.set_output(2, DType::f32, statistics);
  context.set_output(sum_output, context.dtype(0), shape);
  return {};
}

struct Inputs {
  size_t scale = 2;
  size_t shift = 3;
  size_t bias = 4;
  bool subtracts_mean = true;
};

Result<> expect_skip(const Shape& shape, const Shape& skip) {
  Shape shared = shape;
  if (shape.rank() == 3) shared[0] = 1;
  const bool is_last = shape.rank() == 3 && skip.rank() == 2 && skip[0] == shape[1] && skip[1] == shape[2];
  if (skip == shape || skip == shared || is_last) return {};
  return fail(ErrorCode::invalid_model, "a skip of shape ", skip, " does not fit ", shape);
}

float* statistic(RunContext& run, size_t output) {
  return run.has_output(output) ? run.output<float>(output).data() : nullptr;
}

Result<Kernel> prepare(PrepareContext& context, const Inputs& inputs) {
  const Shape shape = context.input_shape(0);
  const Shape skip_shape = context.input_shape(1);
  WEDGE_TRY(expect_skip(shape, skip_shape));
  const int64_t width = shape[shape.rank() - 1];
  for (const size_t input : {inputs.scale, inputs.shift, inputs.bias}) {
    if (!context.has_input(input) || context.input_shape(input) == Shape{width}) continue;
    return fail(ErrorCode::invalid_model, "input ", input, " has shape ", context.input_shape(input), ", expected ",
                Shape{width});
  }
  WEDGE_ASSIGN(const float epsilon, context.attributes().number("epsilon", 1e-12F));
  if (shape.numel() == 0) return Kernel();
  const DType dtype = context.dtype(0);
  const auto columns = static_cast<size_t>(width);
  const auto count = static_cast<size_t>(shape.numel());
  const auto skip_count = static_cast<size_t>(skip_shape.numel());
  const auto room = [&](size_t input, size_t elements) {
    return ComputedOperand<float>(context, dtype, context.has_input(input) ? elements : 0);
  };
  const auto input = room(0, count);
  const auto skip = room(1, skip_count);
  const auto scale = room(inputs.scale, columns);
  const auto shift = room(inputs.shift, columns);
  const auto bias = room(inputs.bias, columns);
  const ComputedOperand<float> output(context, dtype, count);
  const bool has_sums = context.has_output(sum_output);
  const ComputedOperand<float> sums(context, dtype, has_sums ? count : 0);
  // Not both: the tensors added may be the same one.
  if (!has_sums) context.in_place(0, 0);
  if (has_sums && skip_count == count) context.in_place(sum_output, 1);
  return [=](RunContext& run) -> Result<> {
    const auto read = [&](const ComputedOperand<float>& operand, size_t i) {
      return run.has_input(i) ? operand.read(run, run.input(i).data) : nullptr;
    };
    const kernels::RowNormalization rows{.rows = count / columns,
                                         .columns = columns,
                                         .epsilon = epsilon,
                                         .skip = read(skip, 1),
                                         .skip_rows = skip_count / columns,
                                         .skip_bias = read(bias, inputs.bias),
                                         .sums = has_sums ? sums.target(run, run.output(sum_output).data) : nullptr,
                                         .scale = read(scale, inputs.scale),
                                         .bias = read(shift, inputs.shift),
                                         .mean = statistic(run, 1),
                                         .inverse_deviation = statistic(run, 2)};
    const auto normalize = inputs.subtracts_mean ? kernels::layer_norm_f32 : kernels::rms_norm_f32;
    normalize(rows, read(input, 0), output.target(run, run.output(0).data), run.workers());
    if (has_sums) sums.write(run, run.output(sum_output).data);
    output.write(run, run.output(0).data);
    return {};
  };
}

Result<Kernel> prepare_layer(PrepareContext& context) { return prepare(context, {}); }
Result<Kernel> prepare_root_mean_square(PrepareContext& context) {
  return prepare(context, {.shift = any_number, .bias = 3, .subtracts_mean = false});
}

}  // namespace

WEDGE_OPERATOR(microsoft, SkipLayerNormalization) = {
    .infer = infer, .prepare = prepare_layer, .min_inputs = 3, .max_inputs = 5, .max_outputs = 4};
WEDGE_OPERATOR(microsoft, SkipSimplifiedLayerNormalization) = {
    .infer = infer, .prepare = prepare_root_mean_square, .min_inputs = 3, .max_inputs = 4, .max_outputs = 4};

}  // namespace wedge
