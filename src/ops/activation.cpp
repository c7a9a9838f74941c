// Activations without a vector form: Celu, Selu, Shrink, Swish, ThresholdedRelu, computed in double.
#include <cmath>

#include "ops/unary.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

using kernels::UnaryParameters;
using Function = double (*)(double x, UnaryParameters parameters);

double celu(double x, UnaryParameters p) { return x < 0 ? p.alpha * std::expm1(x / p.alpha) : x; }
// beta is the attribute gamma.
double selu(double x, UnaryParameters p) { return p.beta * (x < 0 ? p.alpha * std::expm1(x) : x); }
// alpha is the attribute bias, beta is lambd.
double shrink(double x, UnaryParameters p) { return x < -p.beta ? x + p.alpha : x > p.beta ? x - p.alpha : 0; }
double swish(double x, UnaryParameters p) { return x / (1 + std::exp(-p.alpha * x)); }
double thresholded_relu(double x, UnaryParameters p) { return x > p.alpha ? x : 0; }

template <Function function, typename T>
void loop(const std::byte* in, std::byte* out, size_t count, UnaryParameters parameters) {
  const auto* source = reinterpret_cast<const T*>(in);
  auto* target = reinterpret_cast<T*>(out);
  for (size_t i = 0; i < count; ++i) {
    const auto x = static_cast<double>(static_cast<ArithmeticType<T>>(source[i]));
    target[i] = static_cast<T>(static_cast<ArithmeticType<T>>(function(x, parameters)));
  }
}

struct Parameter {
  const char* attribute;
  float absent;
};

template <Function function>
Result<Kernel> prepare(PrepareContext& context, Parameter alpha, Parameter beta = {.attribute = "", .absent = 0}) {
  UnaryParameters parameters;
  WEDGE_ASSIGN(parameters.alpha, context.attributes().number(alpha.attribute, alpha.absent));
  WEDGE_ASSIGN(parameters.beta, context.attributes().number(beta.attribute, beta.absent));
  UnaryLoop chosen = nullptr;
  visit_floats(context.dtype(0), [&]<typename T>() { chosen = loop<function, T>; });
  return prepare_unary(context, chosen, parameters);
}

Result<Kernel> prepare_celu(PrepareContext& context) { return prepare<celu>(context, {"alpha", 1}); }
Result<Kernel> prepare_selu(PrepareContext& context) {
  return prepare<selu>(context, {"alpha", 1.67326319217681884765625F}, {"gamma", 1.05070102214813232421875F});
}
Result<Kernel> prepare_shrink(PrepareContext& context) {
  return prepare<shrink>(context, {"bias", 0}, {"lambd", 0.5F});
}
Result<Kernel> prepare_swish(PrepareContext& context) { return prepare<swish>(context, {"alpha", 1}); }
Result<Kernel> prepare_thresholded_relu(PrepareContext& context) {
  return prepare<thresholded_relu>(context, {"alpha", 1});
}

}  // namespace

WEDGE_OPERATOR(onnx, Celu) = {.infer = infer_same_as_input, .prepare = prepare_celu};
WEDGE_OPERATOR(onnx, Selu) = {.infer = infer_same_as_input, .prepare = prepare_selu};
WEDGE_OPERATOR(onnx, Shrink) = {.infer = infer_same_as_input, .prepare = prepare_shrink};
WEDGE_OPERATOR(onnx, Swish) = {.infer = infer_same_as_input, .prepare = prepare_swish};
WEDGE_OPERATOR(onnx, ThresholdedRelu) = {.infer = infer_same_as_input, .prepare = prepare_thresholded_relu};

}  // namespace wedge
