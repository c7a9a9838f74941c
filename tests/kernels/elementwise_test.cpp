#include "kernels/elementwise.h"

#include <bit>
#include <functional>

#include "kernels/kernel_test.h"

namespace wedge {
namespace {

using kernels::BinaryForm;
using kernels::BinaryFunction;
using kernels::UnaryFunction;

constexpr float infinity = std::numeric_limits<float>::infinity();
// Below this, intermediate results are subnormal and lose precision.
constexpr double smallest = 0x1p-120;
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();

// Every magnitude from subnormal to largest, both signs, and the special values.
std::vector<float> all_kinds_of_floats() {
  std::vector<float> values;
  for (uint32_t bits = 0; bits <= 0x7f800000U; bits += 4099) {
    values.push_back(std::bit_cast<float>(bits));
    values.push_back(-std::bit_cast<float>(bits));
  }
  for (float x = -110.0F; x < 110.0F; x += 0.0013F) values.push_back(x);
  for (const float x : {0.0F, -0.0F, infinity, -infinity, nan_value, 1.0F, -1.0F}) values.push_back(x);
  return values;
}

struct UnaryCase {
  UnaryFunction function;
  std::function<double(double)> expected;
  double relative = 4e-7;
  // Times the larger of 1 and |x|: for functions that cancel near some argument.
  double absolute = 0.0;
};

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

TEST(Elementwise, UnaryFunctionsAgreeWithTheStandardLibrary) {
  const float alpha = 0.3F;
  const float beta = 0.6F;
  const double a = alpha;
  const double b = beta;
  const UnaryCase cases[] = {
      {UnaryFunction::abs, [](double x) { return std::abs(x); }, 0},
      {UnaryFunction::affine, [=](double x) { return a * x + b; }, 1e-7, 1e-7},
      {UnaryFunction::ceil, [](double x) { return std::ceil(x); }, 0},
      {UnaryFunction::clip, [=](double x) { return x < a   ? a
                                                   : x > b ? b
                                                           : x; }, 0},
      {UnaryFunction::elu, [=](double x) { return x < 0 ? a * std::expm1(x) : x; }},
      {UnaryFunction::erf, [](double x) { return std::erf(x); }},
      {UnaryFunction::exp, [](double x) { return std::exp(x); }},
      {UnaryFunction::floor, [](double x) { return std::floor(x); }, 0},
      {UnaryFunction::gelu, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }, 4e-7, 2e-7},
      {UnaryFunction::gelu_tanh,
       [](double x) { return x * sigmoid(2 * std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)); }, 4e-7,
       2e-7},
      {UnaryFunction::hard_sigmoid,
       [=](double x) { return std::isnan(x) ? x : std::min(std::max(a * x + b, 0.0), 1.0); }, 4e-7, 1e-7},
      {UnaryFunction::hard_swish,
       [](double x) { return std::isnan(x) ? x : x * std::min(std::max(x / 6 + 0.5, 0.0), 1.0); }, 4e-7, 2e-7},
      {UnaryFunction::leaky_relu, [=](double x) { return x < 0 ? a * x : x; }},
      {UnaryFunction::log, [](double x) { return std::log(x); }},
      {UnaryFunction::mish, [](double x) { return x * std::tanh(softplus(x)); }, 1e-6},
      {UnaryFunction::neg, [](double x) { return -x; }, 0},
      {UnaryFunction::reciprocal, [](double x) { return 1.0 / x; }, 1e-7},
      {UnaryFunction::relu, [](double x) { return x < 0 ? 0 : x; }, 0},
      {UnaryFunction::round, [](double x) { return std::nearbyint(x); }, 0},
      {UnaryFunction::sigmoid, sigmoid},
      {UnaryFunction::silu, [](double x) { return x * sigmoid(x); }},
      {UnaryFunction::softplus, softplus},
      {UnaryFunction::softsign, [](double x) { return std::isinf(x) ? nan_value : x / (1 + std::abs(x)); }},
      {UnaryFunction::sqrt, [](double x) { return std::sqrt(x); }, 1e-7},
      {UnaryFunction::square, [](double x) { return x * x; }, 1e-7},
      {UnaryFunction::tanh, [](double x) { return std::tanh(x); }},
  };
  const auto in = all_kinds_of_floats();
  std::vector<float> out(in.size());
  for (const UnaryCase& test : cases) {
    kernels::unary_f32(test.function, in.data(), out.data(), in.size(), {alpha, beta});
    for (size_t i = 0; i < in.size(); ++i) {
      const double expected = test.expected(in[i]);
      const auto rounded = static_cast<float>(expected);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(out[i])) << static_cast<int>(test.function) << " of " << in[i] << " is " << out[i];
      } else if (out[i] != rounded) {
        const double error = std::abs(out[i] - expected);
        const double allowed = std::max(std::abs(expected), smallest) * test.relative +
                               test.absolute * std::max(1.0, std::abs(static_cast<double>(in[i])));
        ASSERT_LE(error, allowed) << static_cast<int>(test.function) << " of " << in[i] << " is " << out[i] << ", not "
                                  << expected;
      }
    }
  }
}

TEST(Elementwise, ResultsDoNotDependOnPositionAndMayOverwriteTheInput) {
  const auto in = random_floats(67, 1, -5.0F, 5.0F);
  for (int f = 0; f <= static_cast<int>(UnaryFunction::tanh); ++f) {
    const auto function = static_cast<UnaryFunction>(f);
    std::vector<float> whole(in.size());
    kernels::unary_f32(function, in.data(), whole.data(), in.size(), {0.25F, 0.5F});
    std::vector<float> pieces = in;
    for (size_t i = 0, length = 1; i < in.size(); i += length, length = 1 + length * 2 % 23) {
      length = std::min(length, in.size() - i);
      kernels::unary_f32(function, pieces.data() + i, pieces.data() + i, length, {0.25F, 0.5F});
    }
    expect_same_bits(whole, pieces);
  }
}

float scalar(BinaryFunction function, float a, float b) {
  switch (function) {
    case BinaryFunction::add: return a + b;
    case BinaryFunction::subtract: return a - b;
    case BinaryFunction::multiply: return a * b;
    case BinaryFunction::divide: return a / b;
    case BinaryFunction::maximum: return std::isnan(a) || std::isnan(b) ? nan_value : std::max(a, b);
    case BinaryFunction::minimum: return std::isnan(a) || std::isnan(b) ? nan_value : std::min(a, b);
    case BinaryFunction::power: return std::pow(a, b);
  }
  return 0;
}

TEST(Elementwise, BinaryFunctionsInEveryForm) {
  using kernels::binary_f32_of;
  const std::pair<BinaryFunction, kernels::BinaryLoopF32> loops[] = {
      {BinaryFunction::add, binary_f32_of<BinaryFunction::add>},
      {BinaryFunction::subtract, binary_f32_of<BinaryFunction::subtract>},
      {BinaryFunction::multiply, binary_f32_of<BinaryFunction::multiply>},
      {BinaryFunction::divide, binary_f32_of<BinaryFunction::divide>},
      {BinaryFunction::maximum, binary_f32_of<BinaryFunction::maximum>},
      {BinaryFunction::minimum, binary_f32_of<BinaryFunction::minimum>},
      {BinaryFunction::power, binary_f32_of<BinaryFunction::power>}};
  const float special[] = {0.0F, -0.0F, infinity, -infinity, nan_value, 1.0F, 2.0F, 3.0F, 0.5F, -1.5F};
  auto a = random_floats(100, 1, -3.0F, 3.0F);
  auto b = random_floats(100, 2, -3.0F, 3.0F);
  for (const float x : special) {
    for (const float y : special) {
      a.push_back(x);
      b.push_back(y);
    }
  }
  std::vector<float> expected(a.size());
  std::vector<float> out(a.size());
  for (const auto& [function, loop] : loops) {
    SCOPED_TRACE(static_cast<int>(function));
    for (size_t i = 0; i < a.size(); ++i) expected[i] = scalar(function, a[i], b[i]);
    loop(BinaryForm::vector_vector, a.data(), b.data(), out.data(), a.size());
    expect_close(expected, out, 0.0F);
    for (const float s : special) {
      for (size_t i = 0; i < a.size(); ++i) expected[i] = scalar(function, a[i], s);
      loop(BinaryForm::vector_scalar, a.data(), &s, out.data(), a.size());
      expect_close(expected, out, 4e-6F);
      for (size_t i = 0; i < a.size(); ++i) expected[i] = scalar(function, s, b[i]);
      loop(BinaryForm::scalar_vector, &s, b.data(), out.data(), a.size());
      expect_close(expected, out, 0.0F);
    }
  }
}

}  // namespace
}  // namespace wedge
