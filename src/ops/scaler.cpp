// Scaler and Normalizer of ai.onnx.ml: features moved and scaled each on its own, or by what a sample comes to as a
// whole.
#include <cmath>

#include "ops/samples.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_TRY(expect_samples(context));
  context.set_output(0, DType::f32, context.shape(0));
  return {};
}

// One number for all features, or one for each.
class OfFeatures {
 public:
  static Result<OfFeatures> read(std::span<const float> numbers, size_t features, double absent) {
    if (numbers.size() > 1 && numbers.size() != features) {
      return fail(ErrorCode::invalid_argument, numbers.size(), " numbers for ", features, " features");
    }
    OfFeatures read;
    read.numbers_.assign(numbers.begin(), numbers.end());
    if (numbers.empty()) read.numbers_ = {absent};
    read.step_ = numbers.size() > 1 ? 1 : 0;
    return read;
  }
  double operator[](size_t feature) const { return numbers_[feature * step_]; }

 private:
  std::vector<double> numbers_;
  size_t step_ = 0;
};

Result<Kernel> prepare_scaler(PrepareContext& context) {
  WEDGE_ASSIGN(const auto offset, context.attributes().numbers("offset"));
  WEDGE_ASSIGN(const auto scale, context.attributes().numbers("scale"));
  const SampleLoop loop(context, 0);
  WEDGE_ASSIGN(auto offsets, OfFeatures::read(offset, loop.samples().features, 0));
  WEDGE_ASSIGN(auto scales, OfFeatures::read(scale, loop.samples().features, 1));
  return [loop, offsets = std::move(offsets), scales = std::move(scales)](RunContext& run) -> Result<> {
    float* out = run.output<float>(0).data();
    loop.run(run, [&](size_t i, std::span<const double> sample, std::span<double>) {
      float* to = out + i * sample.size();
      for (size_t k = 0; k < sample.size(); ++k) to[k] = static_cast<float>((sample[k] - offsets[k]) * scales[k]);
    });
    return {};
  };
}

enum class Norm : uint8_t { largest, absolute_sum, euclidean };

Result<Norm> read_norm(const Attributes& attributes) {
  WEDGE_ASSIGN(const auto name, attributes.string("norm", "MAX"));
  if (name == "MAX") return Norm::largest;
  if (name == "L1") return Norm::absolute_sum;
  if (name == "L2") return Norm::euclidean;
  return fail(ErrorCode::invalid_model, "norm '", name, "' is not MAX, L1 or L2");
}

double norm_of(Norm norm, std::span<const double> sample) {
  if (norm == Norm::euclidean) return std::sqrt(dot(sample, sample.data()));
  double largest = sample.empty() ? 0 : sample.front();
  double sum = 0;
  for (const double x : sample) {
    largest = std::max(largest, x);
    sum += std::abs(x);
  }
  return norm == Norm::largest ? largest : sum;
}

Result<Kernel> prepare_normalizer(PrepareContext& context) {
  WEDGE_ASSIGN(const Norm norm, read_norm(context.attributes()));
  const SampleLoop loop(context, 0);
  return [=](RunContext& run) -> Result<> {
    float* out = run.output<float>(0).data();
    loop.run(run, [&](size_t i, std::span<const double> sample, std::span<double>) {
      const double size = norm_of(norm, sample);
      // The standard leaves samples alone whose norm is zero.
      const double divisor = size == 0 ? 1 : size;
      float* to = out + i * sample.size();
      for (size_t k = 0; k < sample.size(); ++k) to[k] = static_cast<float>(sample[k] / divisor);
    });
    return {};
  };
}

}  // namespace

WEDGE_OPERATOR(ml, Scaler) = {.infer = infer, .prepare = prepare_scaler};
WEDGE_OPERATOR(ml, Normalizer) = {.infer = infer, .prepare = prepare_normalizer};

}  // namespace wedge
