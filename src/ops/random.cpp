// RandomUniform, RandomNormal and the forms with the shape of another tensor; Bernoulli.
#include "ops/binary.h"
#include "ops/random_stream.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

// Attribute `dtype`, else the type of the tensor whose shape is taken.
Result<DType> dtype_of_like(const NodeView& node) {
  if (!node.attributes().has("dtype")) return node.dtype(0);
  return node.attributes().dtype("dtype", DType::undefined);
}

Result<> infer_shaped(InferContext& context) {
  WEDGE_ASSIGN(const DType dtype, context.attributes().dtype("dtype", DType::f32));
  WEDGE_ASSIGN(const auto dims, context.attributes().integers("shape"));
  WEDGE_ASSIGN(const Shape shape, Shape::from(dims));
  context.set_output(0, dtype, shape);
  return {};
}

Result<> infer_like(InferContext& context) {
  WEDGE_ASSIGN(const DType dtype, dtype_of_like(context));
  context.set_output(0, dtype, context.shape(0));
  return {};
}

// Element i of output 0 is draw(random, i).
template <typename Draw>
Result<Kernel> drawing_kernel(PrepareContext& context, Draw draw) {
  WEDGE_ASSIGN(const RandomStream stream, RandomStream::of(context));
  Kernel kernel;
  visit_floats(context.output_dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      const Philox random = stream.start();
      const auto out = run.output<T>(0);
      run.workers().run(out.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
        for (size_t i = begin; i < end; ++i) out[i] = static_cast<T>(static_cast<ArithmeticType<T>>(draw(random, i)));
      });
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "random elements of type ", context.output_dtype(0));
  return kernel;
}

Result<Kernel> prepare_uniform(PrepareContext& context) {
  WEDGE_ASSIGN(const double low, context.attributes().number("low", 0.0F));
  WEDGE_ASSIGN(const double high, context.attributes().number("high", 1.0F));
  return drawing_kernel(context,
                        [=](const Philox& random, uint64_t i) { return low + (high - low) * random.uniform(i); });
}

Result<Kernel> prepare_normal(PrepareContext& context) {
  WEDGE_ASSIGN(const double mean, context.attributes().number("mean", 0.0F));
  WEDGE_ASSIGN(const double scale, context.attributes().number("scale", 1.0F));
  return drawing_kernel(context,
                        [=](const Philox& random, uint64_t i) { return mean + scale * draw_normal(random, i); });
}

Result<> infer_bernoulli(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  return infer_like(context);
}

template <typename P, typename T>
Kernel bernoulli_kernel(const RandomStream& stream) {
  return [=](RunContext& run) -> Result<> {
    const Philox random = stream.start();
    const auto chances = run.input<P>(0);
    const auto out = run.output<T>(0);
    for (size_t i = 0; i < out.size(); ++i) {
      const bool drawn = random.uniform(i) < static_cast<double>(static_cast<ArithmeticType<P>>(chances[i]));
      out[i] = static_cast<T>(static_cast<ArithmeticType<T>>(drawn));
    }
    return {};
  };
}

Result<Kernel> prepare_bernoulli(PrepareContext& context) {
  WEDGE_ASSIGN(const RandomStream stream, RandomStream::of(context));
  const DType dtype = context.output_dtype(0);
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename P>() {
    if (dtype == DType::boolean) kernel = bernoulli_kernel<P, bool>(stream);
    visit_numbers(dtype, [&]<typename T>() { kernel = bernoulli_kernel<P, T>(stream); });
  });
  if (!kernel) return fail(ErrorCode::unsupported, "random elements of type ", dtype);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, RandomUniform) = {
    .infer = infer_shaped, .prepare = prepare_uniform, .min_inputs = 0, .max_inputs = 0, .is_pure = false};
WEDGE_OPERATOR(onnx, RandomNormal) = {
    .infer = infer_shaped, .prepare = prepare_normal, .min_inputs = 0, .max_inputs = 0, .is_pure = false};
WEDGE_OPERATOR(onnx, RandomUniformLike) = {.infer = infer_like, .prepare = prepare_uniform, .is_pure = false};
WEDGE_OPERATOR(onnx, RandomNormalLike) = {.infer = infer_like, .prepare = prepare_normal, .is_pure = false};
WEDGE_OPERATOR(onnx, Bernoulli) = {.infer = infer_bernoulli, .prepare = prepare_bernoulli, .is_pure = false};

}  // namespace wedge
