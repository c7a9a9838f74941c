// InstanceNormalization: every plane of every image is brought to mean 0 and variance 1, then scaled by channel.
#include <cmath>

#include "kernels/normalization.h"
#include "ops/binary.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  const SymbolicShape& shape = context.shape(0);
  for (const size_t i : {size_t{1}, size_t{2}}) {
    WEDGE_TRY(context.expect_same_dtype(0, i));
    WEDGE_TRY(context.expect_rank(i, 1, 1));
    if (shape.has_rank() && context.shape(i).has_rank() && conflict(context.shape(i)[0], shape[1])) {
      return fail(ErrorCode::invalid_model, "input ", i, " must have one element per channel of ", shape, ", got ",
                  context.shape(i));
    }
  }
  return infer_same_as_input(context);
}

template <typename T>
void normalize(const T* in, T* out, size_t count, float epsilon) {
  using C = ArithmeticType<T>;
  C mean = 0;
  C squares = 0;
  for (size_t i = 0; i < count; ++i) mean += static_cast<C>(in[i]) / static_cast<C>(count);
  for (size_t i = 0; i < count; ++i) squares += (static_cast<C>(in[i]) - mean) * (static_cast<C>(in[i]) - mean);
  const C inverse = 1 / std::sqrt(squares / static_cast<C>(count) + static_cast<C>(epsilon));
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<T>((static_cast<C>(in[i]) - mean) * inverse);
}

void normalize(const float* in, float* out, size_t count, float epsilon) {
  kernels::layer_norm_f32({.rows = 1, .columns = count, .epsilon = epsilon}, in, out, Workers());
}

template <typename T>
Kernel kernel_for(size_t channels, size_t plane, float epsilon) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* in = run.input<T>(0).data();
    const T* scale = run.input<T>(1).data();
    const T* bias = run.input<T>(2).data();
    const auto out = run.output<T>(0);
    if (out.empty()) return {};
    run.workers().run(out.size() / plane, 1 + elementwise_grain / plane, [&](size_t begin, size_t end, unsigned) {
      for (size_t row = begin; row < end; ++row) {
        T* to = out.data() + row * plane;
        normalize(in + row * plane, to, plane, epsilon);
        const auto factor = static_cast<C>(scale[row % channels]);
        const auto shift = static_cast<C>(bias[row % channels]);
        for (size_t i = 0; i < plane; ++i) to[i] = static_cast<T>(static_cast<C>(to[i]) * factor + shift);
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const float epsilon, context.attributes().number("epsilon", 1e-5F));
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    kernel = kernel_for<T>(static_cast<size_t>(shape[1]), static_cast<size_t>(shape.numel(2, shape.rank())), epsilon);
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  context.in_place(0, 0);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, InstanceNormalization) = {
    .infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3, .since = 6};

}  // namespace wedge
