// LayerNormalization and RMSNormalization: every slice from an axis on is brought to mean 0 and variance 1, or to root
// mean square 1. Sums are taken in float for f32 and 16-bit floats (stash_type 1), in double for f64.
#include <algorithm>
#include <cmath>

#include "kernels/normalization.h"
#include "ops/binary.h"
#include "ops/broadcast.h"

namespace wedge {
namespace {

Result<size_t> first_axis(const NodeView& node, size_t rank) {
  WEDGE_ASSIGN(const int64_t axis, node.attributes().integer("axis", -1));
  return resolve_axis(axis, rank);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_same_dtype(0, 1));
  WEDGE_TRY(context.expect_same_dtype(0, 2));
  WEDGE_ASSIGN(const int64_t stash_type, context.attributes().integer("stash_type", 1));
  if (stash_type != 1) return fail(ErrorCode::unsupported, "a stash_type other than 1, float: ", stash_type);
  const SymbolicShape& shape = context.shape(0);
  SymbolicShape statistics = shape;
  if (shape.has_rank()) {
    WEDGE_ASSIGN(const size_t axis, first_axis(context, shape.rank()));
    for (size_t i = axis; i < shape.rank(); ++i) statistics[i] = 1;
  }
  context.set_output(0, context.dtype(0), shape);
  context.set_output(1, DType::f32, statistics);
  context.set_output(2, DType::f32, statistics);
  return {};
}

struct Geometry {
  int64_t rows;
  int64_t columns;
  float epsilon;
  bool subtracts_mean;
};

float* statistic(RunContext& run, size_t output) {
  return run.has_output(output) ? run.output<float>(output).data() : nullptr;
}

Kernel vector_kernel(const Geometry& geometry) {
  return [=](RunContext& run) -> Result<> {
    const kernels::RowNormalization rows{.rows = static_cast<size_t>(geometry.rows),
                                         .columns = static_cast<size_t>(geometry.columns),
                                         .epsilon = geometry.epsilon,
                                         .scale = run.input<float>(1).data(),
                                         .bias = run.has_input(2) ? run.input<float>(2).data() : nullptr,
                                         .mean = statistic(run, 1),
                                         .inverse_deviation = statistic(run, 2)};
    const auto normalize = geometry.subtracts_mean ? kernels::layer_norm_f32 : kernels::rms_norm_f32;
    normalize(rows, run.input<float>(0).data(), run.output<float>(0).data(), run.workers());
    return {};
  };
}

// Any float type, and scale and bias of any shape that broadcasts to the input's.
template <typename T>
Kernel plain_kernel(const Geometry& geometry, const Broadcast& broadcast) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* in = run.input<T>(0).data();
    const T* scale = run.input<T>(1).data();
    const T* bias = run.has_input(2) ? run.input<T>(2).data() : nullptr;
    T* out = run.output<T>(0).data();
    float* means = statistic(run, 1);
    float* inverses = statistic(run, 2);
    const auto columns = static_cast<size_t>(geometry.columns);
    const auto count = static_cast<C>(geometry.columns);
    const size_t grain = 1 + elementwise_grain / (columns + 1);
    run.workers().run(static_cast<size_t>(geometry.rows), grain, [&](size_t begin, size_t end, unsigned) {
      for (size_t row = begin; row < end; ++row) {
        const T* from = in + row * columns;
        C mean = 0;
        C squares = 0;
        for (size_t i = 0; geometry.subtracts_mean && i < columns; ++i) mean += static_cast<C>(from[i]) / count;
        for (size_t i = 0; i < columns; ++i) {
          squares += (static_cast<C>(from[i]) - mean) * (static_cast<C>(from[i]) - mean);
        }
        const C inverse = 1 / std::sqrt(squares / count + static_cast<C>(geometry.epsilon));
        broadcast.for_each_piece(row * columns, (row + 1) * columns,
                                 [&](const Broadcast::Offsets& offsets, int64_t at, size_t length) {
                                   for (size_t i = 0; i < length; ++i) {
                                     const auto step = static_cast<int64_t>(i);
                                     C x = (static_cast<C>(in[at + step]) - mean) * inverse;
                                     x *= static_cast<C>(scale[offsets[0] + step * broadcast.step(0)]);
                                     if (bias != nullptr) {
                                       x += static_cast<C>(bias[offsets[1] + step * broadcast.step(1)]);
                                     }
                                     out[at + step] = static_cast<T>(x);
                                   }
                                 });
        if (means != nullptr) means[row] = static_cast<float>(mean);
        if (inverses != nullptr) inverses[row] = static_cast<float>(inverse);
      }
    });
    return {};
  };
}

// One element for each of a row's, the same for all rows.
bool is_row(const Shape& operand, const Shape& shape, size_t axis) {
  const size_t missing = shape.rank() - operand.rank();
  for (size_t i = 0; i < shape.rank(); ++i) {
    if ((i < missing ? 1 : operand[i - missing]) != (i < axis ? 1 : shape[i])) return false;
  }
  return true;
}

Result<Kernel> prepare(PrepareContext& context, bool subtracts_mean) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const size_t axis, first_axis(context, shape.rank()));
  WEDGE_ASSIGN(const float epsilon, context.attributes().number("epsilon", 1e-5F));
  const Geometry geometry{.rows = shape.numel(0, axis),
                          .columns = shape.numel(axis, shape.rank()),
                          .epsilon = epsilon,
                          .subtracts_mean = subtracts_mean};
  const Shape bias = context.has_input(2) ? context.input_shape(2) : Shape{};
  for (const Shape& operand : {context.input_shape(1), bias}) {
    WEDGE_ASSIGN(const SymbolicShape together, broadcast_shapes(shape, operand));
    if (together.concrete() != shape) {
      return fail(ErrorCode::invalid_model, "a scale or bias of shape ", operand, " does not broadcast to ", shape);
    }
  }
  context.in_place(0, 0);
  const bool has_rows =
      is_row(context.input_shape(1), shape, axis) && (!context.has_input(2) || is_row(bias, shape, axis));
  const bool is_vector = context.dtype(0) == DType::f32 && has_rows;
  context.name_kernel(is_vector ? "rows_f32" : "plain");
  if (is_vector) return vector_kernel(geometry);
  const Broadcast broadcast(shape, {context.input_shape(1), bias});
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = plain_kernel<T>(geometry, broadcast); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

Result<Kernel> prepare_layer(PrepareContext& context) { return prepare(context, true); }
Result<Kernel> prepare_root_mean_square(PrepareContext& context) { return prepare(context, false); }

}  // namespace

WEDGE_OPERATOR(onnx, LayerNormalization) = {
    .infer = infer, .prepare = prepare_layer, .min_inputs = 2, .max_inputs = 3, .max_outputs = 3};
WEDGE_OPERATOR(onnx, RMSNormalization) = {
    .infer = infer, .prepare = prepare_root_mean_square, .min_inputs = 2, .max_inputs = 2};
// The name that ONNX Runtime gave it before opset 23, in the same domain.
WEDGE_OPERATOR(onnx, SimplifiedLayerNormalization) = {
    .infer = infer, .prepare = prepare_root_mean_square, .min_inputs = 2, .max_inputs = 2};

}  // namespace wedge
