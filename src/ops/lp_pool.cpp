// LpPool and GlobalLpPool: the p-norm of what a window sees, or of a whole channel.
#include <cmath>

#include "ops/pool.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  return infer_pool(context);
}

Result<> infer_global(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16}));
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  SymbolicShape shape = context.shape(0);
  for (size_t axis = 2; axis < shape.rank(); ++axis) shape[axis] = 1;
  context.set_output(0, context.dtype(0), shape);
  return {};
}

// A sum of |x|^p under way.
template <typename C>
struct Norm {
  int64_t p;
  C sum = 0;

  void add(C x) {
    const C size = std::abs(x);
    sum += p == 1 ? size : p == 2 ? size * size : std::pow(size, static_cast<C>(p));
  }
  [[nodiscard]] C result() const {
    return p == 1 ? sum : p == 2 ? std::sqrt(sum) : std::pow(sum, 1 / static_cast<C>(p));
  }
};

Result<int64_t> exponent(const NodeView& node) {
  WEDGE_ASSIGN(const int64_t p, node.attributes().integer("p", 2));
  if (p < 1) return fail(ErrorCode::invalid_model, "there is no norm of order ", p);
  return p;
}

template <typename T>
Kernel kernel_for(Pool pool, int64_t p) {
  return [=, pool = std::move(pool)](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* input = run.input<T>(0).data();
    T* output = run.output<T>(0).data();
    for_each_pooled(pool, run.workers(), [&](size_t plane, size_t o) {
      const T* image = input + plane * pool.input_plane;
      Norm<C> norm{.p = p};
      for_each_seen(pool, o, [&](size_t i) { norm.add(static_cast<C>(image[i])); });
      output[plane * pool.output_plane + o] = static_cast<T>(norm.result());
    });
    return {};
  };
}

template <typename T>
Kernel global_kernel(size_t plane, int64_t p) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* input = run.input<T>(0).data();
    const auto output = run.output<T>(0);
    run.workers().run(output.size(), 1, [&](size_t begin, size_t end, unsigned) {
      for (size_t o = begin; o < end; ++o) {
        Norm<C> norm{.p = p};
        for (size_t i = 0; i < plane; ++i) norm.add(static_cast<C>(input[o * plane + i]));
        output[o] = static_cast<T>(norm.result());
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const int64_t p, exponent(context));
  WEDGE_ASSIGN(const Pool pool, read_pool(context));
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(pool, p); });
  return kernel;
}

Result<Kernel> prepare_global(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const int64_t p, exponent(context));
  Kernel kernel;
  visit_floats(context.dtype(0),
               [&]<typename T>() { kernel = global_kernel<T>(static_cast<size_t>(shape.numel(2, shape.rank())), p); });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, LpPool) = {.infer = infer, .prepare = prepare, .since = 2};
WEDGE_OPERATOR(onnx, GlobalLpPool) = {.infer = infer_global, .prepare = prepare_global, .since = 2};

}  // namespace wedge
