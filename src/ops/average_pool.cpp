// AveragePool: the mean of what each window sees, with or without the pads as zeros.
#include "ops/pool.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  return infer_pool(context);
}

template <typename T>
Kernel plain_kernel(Pool pool, bool count_pads) {
  return [=, pool = std::move(pool)](RunContext& run) -> Result<> {
    using A = ArithmeticType<T>;
    const T* input = run.input<T>(0).data();
    T* output = run.output<T>(0).data();
    for_each_pooled(pool, run.workers(), [&](size_t plane, size_t o) {
      const T* image = input + plane * pool.input_plane;
      auto sum = A(0);
      size_t seen = 0;
      for_each_seen(pool, o, [&](size_t i) {
        sum += static_cast<A>(image[i]);
        ++seen;
      });
      const size_t count = count_pads ? padded_count(pool, o) : seen;
      output[plane * pool.output_plane + o] = static_cast<T>(sum / static_cast<A>(std::max<size_t>(1, count)));
    });
    return {};
  };
}

Kernel fast_kernel(PrepareContext& context, const kernels::Pool2d& pool, bool count_pads) {
  const Scratch scratch = context.scratch(kernels::pool2d_scratch_bytes(pool, context.workers()));
  context.name_kernel("average_pool2d_f32");
  return [=](RunContext& run) -> Result<> {
    kernels::average_pool2d(pool, count_pads, run.input<float>(0).data(), run.output<float>(0).data(),
                            run.scratch(scratch), run.workers());
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const bool count_pads, context.attributes().flag("count_include_pad", false));
  WEDGE_ASSIGN(const Pool pool, read_pool(context));
  if (const auto fast = fast_pool(context, pool)) return fast_kernel(context, *fast, count_pads);
  Kernel kernel;
  const bool known = visit_floats(context.dtype(0), [&]<typename T>() { kernel = plain_kernel<T>(pool, count_pads); });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, AveragePool) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
