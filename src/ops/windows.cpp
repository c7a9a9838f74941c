// HannWindow, HammingWindow and BlackmanWindow: sums of cosines over so many elements.
#include <array>
#include <cmath>
#include <numbers>

#include "ops/resize_run.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::i32, DType::i64}));
  WEDGE_ASSIGN(const DType dtype, context.attributes().dtype("output_datatype", DType::f32));
  WEDGE_ASSIGN(const auto size, context.integers(0));
  SymbolicShape shape = SymbolicShape::of_rank(1);
  if (size) {
    if (size->size() != 1 || size->front() < 0) {
      return fail(ErrorCode::invalid_model, "the size must be one number that is not negative");
    }
    shape[0] = size->front();
  }
  context.set_output(0, dtype, shape);
  return {};
}

/// The weights of cosines of 0, 1 and 2 periods over the window.
using Cosines = std::array<double, 3>;

template <typename T>
Kernel kernel_for(const Cosines& weights, bool periodic) {
  return [=](RunContext& run) -> Result<> {
    const auto out = run.output<T>(0);
    const auto size = static_cast<double>(out.size());
    const double period = periodic || out.size() < 2 ? size : size - 1;
    for (size_t i = 0; i < out.size(); ++i) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(i) / period;
      const double x = weights[0] + weights[1] * std::cos(angle) + weights[2] * std::cos(2 * angle);
      out[i] = interpolated<T>(static_cast<std::conditional_t<std::same_as<T, double>, double, float>>(x));
    }
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context, const Cosines& weights) {
  WEDGE_ASSIGN(const bool periodic, context.attributes().flag("periodic", true));
  Kernel kernel;
  visit_numbers(context.output_dtype(0), [&]<typename T>() { kernel = kernel_for<T>(weights, periodic); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.output_dtype(0));
  return kernel;
}

Result<Kernel> prepare_hann(PrepareContext& context) { return prepare(context, {0.5, -0.5, 0}); }
Result<Kernel> prepare_hamming(PrepareContext& context) { return prepare(context, {25.0 / 46, -21.0 / 46, 0}); }
Result<Kernel> prepare_blackman(PrepareContext& context) { return prepare(context, {0.42, -0.5, 0.08}); }

}  // namespace

WEDGE_OPERATOR(onnx, HannWindow) = {.infer = infer, .prepare = prepare_hann, .since = 17};
WEDGE_OPERATOR(onnx, HammingWindow) = {.infer = infer, .prepare = prepare_hamming, .since = 17};
WEDGE_OPERATOR(onnx, BlackmanWindow) = {.infer = infer, .prepare = prepare_blackman, .since = 17};

}  // namespace wedge
