// Binarizer of ai.onnx.ml: 1 for what exceeds a threshold, else 0.
#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const float threshold, context.attributes().number("threshold", 0));
  Kernel kernel;
  visit_numbers(context.dtype(0), [&]<typename T>() {
    kernel = [threshold](RunContext& run) -> Result<> {
      const auto in = run.input<T>(0);
      const auto out = run.output<T>(0);
      // A double holds every threshold, and every number but the largest integers, which no threshold is near.
      for (size_t i = 0; i < in.size(); ++i) {
        const auto x = static_cast<double>(static_cast<ArithmeticType<T>>(in[i]));
        out[i] = static_cast<T>(x > static_cast<double>(threshold) ? 1.0F : 0.0F);
      }
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  context.in_place(0, 0);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(ml, Binarizer) = {.infer = infer_same_as_input, .prepare = prepare};

}  // namespace wedge
