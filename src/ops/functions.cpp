// The functions of one real variable: f32 in vectors (16-bit floats through it), f64 through <cmath>.
#include <cmath>

#include "ops/unary.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

using kernels::UnaryFunction;
using kernels::UnaryParameters;

template <double (*function)(double, UnaryParameters)>
void double_loop(const std::byte* in, std::byte* out, size_t count, UnaryParameters parameters) {
  const auto* source = reinterpret_cast<const double*>(in);
  auto* target = reinterpret_cast<double*>(out);
  for (size_t i = 0; i < count; ++i) target[i] = function(source[i], parameters);
}

// Functions without a vector form: element by element in float or double.
template <double (*function)(double)>
UnaryLoop scalar_loop(DType dtype) {
  UnaryLoop loop = nullptr;
  visit_floats(dtype, [&]<typename T>() {
    loop = [](const std::byte* in, std::byte* out, size_t count, UnaryParameters) {
      const auto* source = reinterpret_cast<const T*>(in);
      auto* target = reinterpret_cast<T*>(out);
      for (size_t i = 0; i < count; ++i) {
        const auto x = static_cast<ArithmeticType<T>>(source[i]);
        target[i] = static_cast<T>(static_cast<ArithmeticType<T>>(function(static_cast<double>(x))));
      }
    };
  });
  return loop;
}

struct Defaults {
  const char* first = nullptr;  // the attribute that is alpha
  float alpha = 0;
  const char* second = nullptr;  // the attribute that is beta
  float beta = 0;
};

template <UnaryFunction vector, double (*reference)(double, UnaryParameters)>
Result<Kernel> prepare_function(PrepareContext& context, Defaults defaults = {}) {
  UnaryParameters parameters{.alpha = defaults.alpha, .beta = defaults.beta};
  if (defaults.first != nullptr) {
    WEDGE_ASSIGN(parameters.alpha, context.attributes().number(defaults.first, defaults.alpha));
  }
  if (defaults.second != nullptr) {
    WEDGE_ASSIGN(parameters.beta, context.attributes().number(defaults.second, defaults.beta));
  }
  if (context.dtype(0) == DType::f64) return prepare_unary(context, double_loop<reference>, parameters);
  return prepare_unary(context, vector_unary_loop<vector>(context.dtype(0)), parameters);
}

template <UnaryFunction vector, double (*reference)(double, UnaryParameters)>
Result<Kernel> prepare_plain(PrepareContext& context) {
  return prepare_function<vector, reference>(context);
}

template <double (*function)(double)>
Result<Kernel> prepare_scalar(PrepareContext& context) {
  return prepare_unary(context, scalar_loop<function>(context.dtype(0)));
}

constexpr Operator function(Result<Kernel> (*prepared)(PrepareContext&)) {
  return {.infer = infer_same_as_input, .prepare = prepared};
}

double elu(double x, UnaryParameters p) { return x < 0 ? p.alpha * std::expm1(x) : x; }
double erf(double x, UnaryParameters) { return std::erf(x); }
double exp(double x, UnaryParameters) { return std::exp(x); }
double hard_sigmoid(double x, UnaryParameters p) { return std::fmax(0.0, std::fmin(1.0, p.alpha * x + p.beta)); }
double hard_swish(double x, UnaryParameters) { return x * std::fmax(0.0, std::fmin(1.0, x / 6 + 0.5)); }
double leaky_relu(double x, UnaryParameters p) { return x < 0 ? p.alpha * x : x; }
double log(double x, UnaryParameters) { return std::log(x); }
double softplus(double x, UnaryParameters) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double mish(double x, UnaryParameters p) { return x * std::tanh(softplus(x, p)); }
double reciprocal(double x, UnaryParameters) { return 1 / x; }
double sigmoid(double x, UnaryParameters) { return 1 / (1 + std::exp(-x)); }
double softsign(double x, UnaryParameters) { return x / (1 + std::fabs(x)); }
double sqrt(double x, UnaryParameters) { return std::sqrt(x); }
double tanh(double x, UnaryParameters) { return std::tanh(x); }
double floor(double x, UnaryParameters) { return std::floor(x); }
double ceil(double x, UnaryParameters) { return std::ceil(x); }
double round(double x, UnaryParameters) { return std::nearbyint(x); }
double gelu(double x, UnaryParameters) { return x / 2 * (1 + std::erf(x * M_SQRT1_2)); }
double gelu_tanh(double x, UnaryParameters) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

Result<Kernel> prepare_elu(PrepareContext& context) {
  return prepare_function<UnaryFunction::elu, elu>(context, {.first = "alpha", .alpha = 1});
}
Result<Kernel> prepare_leaky_relu(PrepareContext& context) {
  return prepare_function<UnaryFunction::leaky_relu, leaky_relu>(context, {.first = "alpha", .alpha = 0.01F});
}
Result<Kernel> prepare_hard_sigmoid(PrepareContext& context) {
  return prepare_function<UnaryFunction::hard_sigmoid, hard_sigmoid>(
      context, {.first = "alpha", .alpha = 0.2F, .second = "beta", .beta = 0.5F});
}
Result<Kernel> prepare_gelu(PrepareContext& context) {
  WEDGE_ASSIGN(const auto approximate, context.attributes().string("approximate", "none"));
  if (approximate == "none") return prepare_plain<UnaryFunction::gelu, gelu>(context);
  if (approximate == "tanh") return prepare_plain<UnaryFunction::gelu_tanh, gelu_tanh>(context);
  return fail(ErrorCode::invalid_model, "approximate must be none or tanh, got '", approximate, "'");
}

}  // namespace

WEDGE_OPERATOR(onnx, Ceil) = function(prepare_plain<UnaryFunction::ceil, ceil>);
WEDGE_OPERATOR(onnx, Elu) = function(prepare_elu);
WEDGE_OPERATOR(onnx, Erf) = function(prepare_plain<UnaryFunction::erf, erf>);
WEDGE_OPERATOR(onnx, Exp) = function(prepare_plain<UnaryFunction::exp, exp>);
WEDGE_OPERATOR(onnx, Floor) = function(prepare_plain<UnaryFunction::floor, floor>);
WEDGE_OPERATOR(onnx, Gelu) = function(prepare_gelu);
WEDGE_OPERATOR(onnx, HardSigmoid) = function(prepare_hard_sigmoid);
WEDGE_OPERATOR(onnx, HardSwish) = function(prepare_plain<UnaryFunction::hard_swish, hard_swish>);
WEDGE_OPERATOR(onnx, LeakyRelu) = function(prepare_leaky_relu);
WEDGE_OPERATOR(onnx, Log) = function(prepare_plain<UnaryFunction::log, log>);
WEDGE_OPERATOR(onnx, Mish) = function(prepare_plain<UnaryFunction::mish, mish>);
WEDGE_OPERATOR(onnx, Reciprocal) = function(prepare_plain<UnaryFunction::reciprocal, reciprocal>);
WEDGE_OPERATOR(onnx, Round) = function(prepare_plain<UnaryFunction::round, round>);
WEDGE_OPERATOR(onnx, Sigmoid) = function(prepare_plain<UnaryFunction::sigmoid, sigmoid>);
WEDGE_OPERATOR(onnx, Softplus) = function(prepare_plain<UnaryFunction::softplus, softplus>);
WEDGE_OPERATOR(onnx, Softsign) = function(prepare_plain<UnaryFunction::softsign, softsign>);
WEDGE_OPERATOR(onnx, Sqrt) = function(prepare_plain<UnaryFunction::sqrt, sqrt>);
WEDGE_OPERATOR(onnx, Tanh) = function(prepare_plain<UnaryFunction::tanh, tanh>);

WEDGE_OPERATOR(onnx, Acos) = function(prepare_scalar<std::acos>);
WEDGE_OPERATOR(onnx, Acosh) = function(prepare_scalar<std::acosh>);
WEDGE_OPERATOR(onnx, Asin) = function(prepare_scalar<std::asin>);
WEDGE_OPERATOR(onnx, Asinh) = function(prepare_scalar<std::asinh>);
WEDGE_OPERATOR(onnx, Atan) = function(prepare_scalar<std::atan>);
WEDGE_OPERATOR(onnx, Atanh) = function(prepare_scalar<std::atanh>);
WEDGE_OPERATOR(onnx, Cos) = function(prepare_scalar<std::cos>);
WEDGE_OPERATOR(onnx, Cosh) = function(prepare_scalar<std::cosh>);
WEDGE_OPERATOR(onnx, Sin) = function(prepare_scalar<std::sin>);
WEDGE_OPERATOR(onnx, Sinh) = function(prepare_scalar<std::sinh>);
WEDGE_OPERATOR(onnx, Tan) = function(prepare_scalar<std::tan>);

}  // namespace wedge
