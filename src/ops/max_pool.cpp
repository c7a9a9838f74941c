// MaxPool: the largest element under each window, and where it stands.
#include <limits>

#include "ops/pool.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64, DType::f16, DType::bf16, DType::i8, DType::u8}));
  return infer_pool(context);
}

// The row-major index within a plane as a column-major one.
int64_t column_major(const Pool& pool, size_t index) {
  int64_t result = 0;
  int64_t stride = static_cast<int64_t>(pool.input_plane);
  for (size_t axis = pool.axes.size(); axis-- > 0;) {
    const size_t dim = pool.axes[axis].input;
    stride /= static_cast<int64_t>(dim);
    result += static_cast<int64_t>(index % dim) * stride;
    index /= dim;
  }
  return result;
}

template <typename T>
T lowest() {
  using A = ArithmeticType<T>;
  if constexpr (std::is_integral_v<A>) return std::numeric_limits<A>::lowest();
  return static_cast<T>(-std::numeric_limits<A>::infinity());
}

template <typename T>
Kernel plain_kernel(Pool pool, bool with_indices, bool column_order) {
  return [=, pool = std::move(pool)](RunContext& run) -> Result<> {
    const T* input = run.input<T>(0).data();
    T* output = run.output<T>(0).data();
    int64_t* indices = with_indices ? run.output<int64_t>(1).data() : nullptr;
    for_each_pooled(pool, run.workers(), [&](size_t plane, size_t o) {
      const T* image = input + plane * pool.input_plane;
      T best = lowest<T>();
      size_t place = 0;
      bool found = false;
      for_each_seen(pool, o, [&](size_t i) {
        const bool larger = static_cast<ArithmeticType<T>>(image[i]) > static_cast<ArithmeticType<T>>(best);
        if (found && !larger) return;
        best = image[i];
        place = i;
        found = true;
      });
      const size_t at = plane * pool.output_plane + o;
      output[at] = best;
      if (indices == nullptr) return;
      const int64_t within = column_order ? column_major(pool, place) : static_cast<int64_t>(place);
      indices[at] = static_cast<int64_t>(plane * pool.input_plane) + within;
    });
    return {};
  };
}

Kernel fast_kernel(PrepareContext& context, const kernels::Pool2d& pool, bool with_indices) {
  const Scratch scratch = context.scratch(with_indices ? 0 : kernels::pool2d_scratch_bytes(pool, context.workers()));
  context.name_kernel("max_pool2d_f32");
  return [=](RunContext& run) -> Result<> {
    const float* input = run.input<float>(0).data();
    float* output = run.output<float>(0).data();
    if (with_indices) {
      kernels::max_pool2d_with_indices(pool, input, output, run.output<int64_t>(1).data(), run.workers());
    } else {
      kernels::max_pool2d(pool, input, output, run.scratch(scratch), run.workers());
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const bool column_order, context.attributes().flag("storage_order", false));
  WEDGE_ASSIGN(const Pool pool, read_pool(context));
  const bool with_indices = context.has_output(1);
  if (const auto fast = fast_pool(context, pool); fast && !(with_indices && column_order)) {
    return fast_kernel(context, *fast, with_indices);
  }
  Kernel kernel;
  const bool known = visit_numbers(context.dtype(0),
                                   [&]<typename T>() { kernel = plain_kernel<T>(pool, with_indices, column_order); });
  if (!known) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, MaxPool) = {.infer = infer, .prepare = prepare, .max_outputs = 2};

}  // namespace wedge
