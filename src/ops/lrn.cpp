// LRN: every element divided by a power of the mean square of its neighbours in the channels around it.
#include <algorithm>
#include <cmath>

#include "ops/axis_split.h"
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 2, Shape::max_rank));
  return infer_same_as_input(context);
}

struct Response {
  float alpha;
  float beta;
  float bias;
  int64_t size;
};

template <typename T>
Kernel kernel_for(const AxisSplit& split, const Response& response) {
  return [=](RunContext& run) -> Result<> {
    using C = ArithmeticType<T>;
    const T* in = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    const int64_t before = (response.size - 1) / 2;
    const int64_t after = response.size / 2;
    const C factor = static_cast<C>(response.alpha) / static_cast<C>(response.size);
    run.workers().run(static_cast<size_t>(split.outer * split.count), 1, [&](size_t begin, size_t end, unsigned) {
      for (auto plane = static_cast<int64_t>(begin); plane < static_cast<int64_t>(end); ++plane) {
        const int64_t channel = plane % split.count;
        const int64_t first = plane - std::min(before, channel);
        const int64_t last = plane + std::min(after, split.count - 1 - channel);
        for (int64_t i = 0; i < split.inner; ++i) {
          C squares = 0;
          for (int64_t p = first; p <= last; ++p) {
            const auto x = static_cast<C>(in[p * split.inner + i]);
            squares += x * x;
          }
          const C divisor = std::pow(static_cast<C>(response.bias) + factor * squares, static_cast<C>(response.beta));
          const int64_t at = plane * split.inner + i;
          out[at] = static_cast<T>(static_cast<C>(in[at]) / divisor);
        }
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  Response response{};
  WEDGE_ASSIGN(response.alpha, context.attributes().number("alpha", 1e-4F));
  WEDGE_ASSIGN(response.beta, context.attributes().number("beta", 0.75F));
  WEDGE_ASSIGN(response.bias, context.attributes().number("bias", 1.0F));
  WEDGE_ASSIGN(response.size, context.attributes().required_integer("size"));
  if (response.size < 1) return fail(ErrorCode::invalid_model, "size must be positive, got ", response.size);
  const AxisSplit split(context.input_shape(0), 1);
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(split, response); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, LRN) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
