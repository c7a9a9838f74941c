// The inputs of the models of ai.onnx.ml: one sample a row, and a vector is one sample.
#pragma once

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {

struct Samples {
  size_t count = 1;
  size_t features = 0;

  explicit Samples(const Shape& shape)
      : count(shape.rank() == 2 ? static_cast<size_t>(shape[0]) : 1),
        features(static_cast<size_t>(shape[shape.rank() - 1])) {}
};

/// An Error unless input 0 can be samples.
inline Result<> expect_samples(const NodeView& node) {
  WEDGE_TRY(node.expect_rank(0, 1, 2));
  return node.expect_dtype(0, {DType::f32, DType::f64, DType::i32, DType::i64});
}

/// How many samples a shape holds.
inline Dim sample_count(const SymbolicShape& shape) {
  if (!shape.has_rank()) return Dim::unknown();
  return shape.rank() == 2 ? shape[0] : Dim(1);
}

/// Goes through the samples of input 0 as rows of doubles, on all workers.
class SampleLoop {
 public:
  /// `room`: how many doubles of scratch the work on one sample needs.
  SampleLoop(PrepareContext& context, size_t room) : samples_(context.input_shape(0)), room_(room) {
    visit_numbers(context.dtype(0), [&]<typename T>() { read_ = read<T>; });
    if (samples_.count > 0) scratch_ = context.scratch_per_worker(samples_.features + room, sizeof(double));
  }

  [[nodiscard]] const Samples& samples() const { return samples_; }

  /// body(i, sample, room): once for each sample.
  template <typename Body>
  void run(RunContext& run, Body body) const {
    constexpr size_t grain = 16;
    const std::byte* in = run.input(0).data;
    const size_t features = samples_.features;
    run.workers().run(samples_.count, grain, [&](size_t begin, size_t end, unsigned worker) {
      double* sample = run.scratch<double>(scratch_, worker);
      for (size_t i = begin; i < end; ++i) {
        read_(in, i * features, features, sample);
        body(i, std::span<const double>(sample, features), std::span(sample + features, room_));
      }
    });
  }

 private:
  using Read = void (*)(const std::byte* in, size_t first, size_t count, double* to);

  template <typename T>
  static void read(const std::byte* in, size_t first, size_t count, double* to) {
    const T* from = reinterpret_cast<const T*>(in) + first;
    for (size_t i = 0; i < count; ++i) to[i] = static_cast<double>(static_cast<ArithmeticType<T>>(from[i]));
  }

  Samples samples_;
  size_t room_;
  Read read_ = nullptr;
  Scratch scratch_;
};

/// The product of two vectors of the same length, in sums that a compiler can keep side by side.
inline double dot(std::span<const double> a, const double* b) {
  double sums[4] = {};
  size_t i = 0;
  for (; i + 4 <= a.size(); i += 4) {
    for (size_t k = 0; k < 4; ++k) sums[k] += a[i + k] * b[i + k];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace wedge
