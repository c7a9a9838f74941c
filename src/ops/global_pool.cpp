// GlobalAveragePool and GlobalMaxPool: one number per channel.
#include <algorithm>

#include "kernels/reduce.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  SymbolicShape shape = context.shape(0);
  for (size_t axis = 2; axis < shape.rank(); ++axis) {
    if (shape[axis].is(0)) return fail(ErrorCode::invalid_model, "nothing to pool in shape ", shape);
    shape[axis] = 1;
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

template <typename A, typename T>
A mean(std::span<const T> plane) {
  auto sum = A(0);
  for (const T element : plane) sum += static_cast<A>(element);
  return sum / static_cast<A>(plane.size());
}

template <typename A, typename T>
A largest(std::span<const T> plane) {
  auto best = static_cast<A>(plane[0]);
  for (const T element : plane) best = std::max(best, static_cast<A>(element));
  return best;
}

enum class Pooling { mean, largest };

template <Pooling pooling>
Result<Kernel> prepare(PrepareContext& context) {
  const Shape input = context.input_shape(0);
  if (context.output_shape(0).numel() == 0) return Kernel();
  const auto planes = static_cast<size_t>(input.numel(0, 2));
  const auto size = static_cast<size_t>(input.numel(2, input.rank()));
  if (context.dtype(0) == DType::f32) {
    constexpr auto reduction = pooling == Pooling::mean ? kernels::Reduction::mean : kernels::Reduction::maximum;
    context.name_kernel("reduce_f32");
    return [=](RunContext& run) -> Result<> {
      kernels::reduce_f32(reduction, run.input<float>(0).data(), run.output<float>(0).data(), planes, size, 1,
                          run.workers());
      return {};
    };
  }
  const size_t grain = std::max<size_t>(1, (size_t{1} << 15) / size);
  Kernel kernel;
  const bool known = visit_floats(context.dtype(0), [&]<typename T>() {
    using A = ArithmeticType<T>;
    kernel = [=](RunContext& run) -> Result<> {
      run.workers().run(planes, grain, [&](size_t begin, size_t end, unsigned) {
        for (size_t plane = begin; plane < end; ++plane) {
          const auto elements = run.input<T>(0).subspan(plane * size, size);
          const A result = pooling == Pooling::mean ? mean<A>(elements) : largest<A>(elements);
          run.output<T>(0)[plane] = static_cast<T>(result);
        }
      });
      return {};
    };
  });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, GlobalAveragePool) = {.infer = infer, .prepare = prepare<Pooling::mean>};
WEDGE_OPERATOR(onnx, GlobalMaxPool) = {.infer = infer, .prepare = prepare<Pooling::largest>};

}  // namespace wedge
