#include "kernels/fourier.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace wedge::kernels {
namespace {

using Complex = Fourier::Complex;

std::vector<Complex> by_definition(const std::vector<Complex>& x, bool inverse) {
  std::vector<Complex> out(x.size());
  for (size_t k = 0; k < x.size(); ++k) {
    for (size_t i = 0; i < x.size(); ++i) {
      const double angle = (inverse ? 2 : -2) * std::numbers::pi * static_cast<double>(i * k % x.size());
      out[k] += x[i] * std::polar(1.0, angle / static_cast<double>(x.size()));
    }
    if (inverse) out[k] /= static_cast<double>(x.size());
  }
  return out;
}

TEST(Fourier, AgreesWithTheDefinitionForEveryLength) {
  std::minstd_rand random(1);
  std::uniform_real_distribution<double> number(-1, 1);
  for (size_t length = 1; length < 70; ++length) {
    std::vector<Complex> x(length);
    for (Complex& value : x) value = {number(random), number(random)};
    const Fourier fourier(length);
    std::vector<Complex> work(fourier.work_size());
    for (const bool inverse : {false, true}) {
      std::vector<Complex> found = x;
      fourier.transform(found.data(), work.data(), inverse);
      const auto expected = by_definition(x, inverse);
      for (size_t k = 0; k < length; ++k) EXPECT_LT(std::abs(found[k] - expected[k]), 1e-12) << length << " " << k;
    }
  }
}

}  // namespace
}  // namespace wedge::kernels
