#include "conformance/random_outputs.h"

#include <cmath>

#include "conformance/compare.h"

namespace wedge::conformance {
namespace {

// Six standard deviations: a right implementation fails once in 500 million runs.
Result<> check_count(double count, double mean, double variance) {
  if (std::fabs(count - mean) <= 6 * std::sqrt(variance)) return {};
  return fail(ErrorCode::invalid_argument, count, " events where ", mean, " are expected");
}

Result<> check_types(std::span<const Tensor> actual, std::span<const Tensor> expected) {
  for (size_t i = 0; i < expected.size(); ++i) WEDGE_TRY(compare_types(actual[i], expected[i]));
  return {};
}

Result<> check_bernoulli(std::span<const Tensor> inputs, std::span<const Tensor> actual,
                         std::span<const Tensor> expected) {
  WEDGE_TRY(check_types(actual, expected));
  double ones = 0;
  for (const double drawn : to_doubles(actual[0])) {
    if (drawn != 0 && drawn != 1) return fail(ErrorCode::invalid_argument, drawn, " is neither 0 nor 1");
    ones += drawn;
  }
  double mean = 0;
  double variance = 0;
  for (const double p : to_doubles(inputs[0])) {
    mean += p;
    variance += p * (1 - p);
  }
  return check_count(ones, mean, variance);
}

Result<> check_dropout(std::span<const Tensor> inputs, std::span<const Tensor> actual,
                       std::span<const Tensor> expected) {
  WEDGE_TRY(check_types(actual, expected));
  const double ratio = inputs.size() > 1 ? to_doubles(inputs[1])[0] : 0.5;
  const auto x = to_doubles(inputs[0]);
  const auto y = to_doubles(actual[0]);
  const auto mask = actual.size() > 1 ? to_doubles(actual[1]) : std::vector<double>();
  double dropped = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const bool kept = y[i] != 0;
    const double scaled = x[i] / (1 - ratio);
    if (kept && std::fabs(y[i] - scaled) > 1e-3 * std::fabs(scaled)) {
      return fail(ErrorCode::invalid_argument, "element ", i, " is ", y[i], ", expected 0 or ", scaled);
    }
    if (!mask.empty() && x[i] != 0 && kept != (mask[i] != 0)) {
      return fail(ErrorCode::invalid_argument, "the mask disagrees with element ", i);
    }
    dropped += kept ? 0 : 1;
  }
  const auto count = static_cast<double>(x.size());
  return check_count(dropped, count * ratio, count * ratio * (1 - ratio));
}

}  // namespace

RandomCheck random_check(std::string_view test) {
  const std::string_view name = test.substr(test.rfind('/') + 1);
  if (name.starts_with("test_bernoulli")) return check_bernoulli;
  // Without dropping anything the outputs are not random.
  if (name.starts_with("test_training_dropout") && !name.contains("zero_ratio")) return check_dropout;
  return nullptr;
}

}  // namespace wedge::conformance
