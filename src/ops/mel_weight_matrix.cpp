// MelWeightMatrix: how much each bin of a spectrum counts for each of a row of triangular filters that are spaced
// evenly on the mel scale, 2595 log10(1 + f / 700).
#include <algorithm>
#include <cmath>

#include "ops/operator.h"
#include "ops/read_number.h"

namespace wedge {
namespace {

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const DType dtype, context.attributes().dtype("output_datatype", DType::f32));
  WEDGE_ASSIGN(const auto bins, context.integers(0));
  WEDGE_ASSIGN(const auto length, context.integers(1));
  SymbolicShape shape = SymbolicShape::of_rank(2);
  if (bins && length) {
    if (bins->size() != 1 || length->size() != 1 || bins->front() < 0 || length->front() < 0) {
      return fail(ErrorCode::invalid_model, "num_mel_bins and dft_length must be single numbers from 0 on");
    }
    shape[0] = length->front() / 2 + 1;
    shape[1] = bins->front();
  }
  context.set_output(0, dtype, shape);
  return {};
}

double mel(double frequency) { return 2595 * std::log10(1 + frequency / 700); }
double frequency(double mel) { return 700 * (std::pow(10.0, mel / 2595) - 1); }

// The bin of the spectrum where edge number i of the filters lies.
struct Edges {
  double low;
  double step;
  double bins_per_hertz;

  [[nodiscard]] int64_t operator[](int64_t i) const {
    const double bin = std::floor(bins_per_hertz * frequency(low + step * static_cast<double>(i)));
    // Unlike clamp, these take what is not a number out.
    return static_cast<int64_t>(std::fmin(std::fmax(bin, -0x1p40), 0x1p40));
  }
};

double weight(const Edges& edges, int64_t filter, int64_t bin) {
  const int64_t low = edges[filter];
  const int64_t center = edges[filter + 1];
  const int64_t high = edges[filter + 2];
  if (low == center && bin == center) return 1;
  if (bin >= low && bin <= center && low != center) {
    return static_cast<double>(bin - low) / static_cast<double>(center - low);
  }
  if (bin >= center && bin < high) return static_cast<double>(high - bin) / static_cast<double>(high - center);
  return 0;
}

Result<Kernel> prepare(PrepareContext& context) {
  for (size_t i = 0; i < 5; ++i) {
    if (context.input_shape(i).numel() == 1 && number_reader(context.dtype(i)) != nullptr) continue;
    return fail(ErrorCode::invalid_model, "input ", i, " must be one number, got ", context.dtype(i), " ",
                context.input_shape(i));
  }
  const Shape shape = context.output_shape(0);
  if (shape.numel() == 0) return Kernel();
  const auto single = [](const TensorRef& tensor) { return number_reader(tensor.dtype)(tensor.data, 0); };
  Kernel kernel;
  visit_numbers(context.output_dtype(0), [&]<typename T>() {
    kernel = [=](RunContext& run) -> Result<> {
      const double low = mel(single(run.input(3)));
      const double high = mel(single(run.input(4)));
      const double rate = single(run.input(2));
      const double length = single(run.input(1));
      if (rate <= 0 || !std::isfinite(low) || !std::isfinite(high)) {
        return fail(ErrorCode::invalid_argument, "the sample rate and the edges must be positive numbers");
      }
      const Edges edges{
          .low = low, .step = (high - low) / static_cast<double>(shape[1] + 2), .bins_per_hertz = (length + 1) / rate};
      T* out = run.output<T>(0).data();
      for (int64_t bin = 0; bin < shape[0]; ++bin) {
        for (int64_t filter = 0; filter < shape[1]; ++filter) {
          *out++ = static_cast<T>(static_cast<ArithmeticType<T>>(weight(edges, filter, bin)));
        }
      }
      return {};
    };
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.output_dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, MelWeightMatrix) = {.infer = infer, .prepare = prepare, .min_inputs = 5, .max_inputs = 5};

}  // namespace wedge
