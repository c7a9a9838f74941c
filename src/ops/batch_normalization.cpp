// BatchNormalization: a scale and a shift per channel, from the statistics given or, in training, from those of the
// batch.
#include <algorithm>
#include <cmath>

#include "ops/operator.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

// Before opset 9 statistics may be of each element of a sample instead of each channel.
Result<bool> is_per_element(const NodeView& node) {
  constexpr int64_t first_without = 9;
  if (node.version() >= first_without) return false;
  WEDGE_ASSIGN(const bool spatial, node.attributes().flag("spatial", true));
  return !spatial;
}

// Shapes of which input i must be the part that has statistics.
Result<> check_statistics(const NodeView& node, size_t i, bool per_element) {
  const SymbolicShape& shape = node.shape(0);
  const SymbolicShape& statistics = node.shape(i);
  const size_t rank = per_element ? shape.rank() - 1 : 1;
  WEDGE_TRY(node.expect_rank(i, rank, rank));
  for (size_t axis = 0; statistics.has_rank() && axis < rank; ++axis) {
    if (!conflict(statistics[axis], shape[axis + 1])) continue;
    return fail(ErrorCode::invalid_model, "input ", i, " of shape ", statistics, " does not fit ", shape,
                " with one per ", per_element ? "element" : "channel");
  }
  return {};
}

Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const bool per_element, is_per_element(context));
  WEDGE_ASSIGN(const bool training, context.attributes().flag("training_mode", false));
  bool more_outputs = false;
  for (size_t i = 1; i < context.output_count(); ++i) more_outputs |= context.has_output(i);
  if (more_outputs && !training) {
    return fail(ErrorCode::unsupported, "outputs of training, which is only supported by training_mode of opset 14 on");
  }
  const SymbolicShape& shape = context.shape(0);
  if (shape.has_rank() && shape.rank() > 1) {
    for (size_t i = 1; i <= 4; ++i) WEDGE_TRY(check_statistics(context, i, per_element));
  }
  for (const size_t i : {size_t{1}, size_t{2}}) context.set_output(i, context.dtype(3), context.shape(3));
  return infer_same_as_input(context);
}

struct Geometry {
  int64_t channels;
  int64_t inner;
  float epsilon;
  float momentum;
};

template <typename T, typename S>
Result<> normalize(RunContext& run, const Geometry& geometry) {
  using Compute = ArithmeticType<T>;
  const auto read = [&](size_t input, int64_t c) {
    return static_cast<Compute>(static_cast<ArithmeticType<S>>(run.input<S>(input)[static_cast<size_t>(c)]));
  };
  const T* in = run.input<T>(0).data();
  T* out = run.output<T>(0).data();
  const auto planes = static_cast<size_t>(run.input(0).numel() / std::max<int64_t>(1, geometry.inner));
  run.workers().run(planes, 1 + (size_t{1} << 15U) / static_cast<size_t>(std::max<int64_t>(1, geometry.inner)),
                    [&](size_t begin, size_t end, unsigned) {
                      for (auto plane = static_cast<int64_t>(begin); plane < static_cast<int64_t>(end); ++plane) {
                        const int64_t c = plane % geometry.channels;
                        const Compute scale =
                            read(1, c) / std::sqrt(read(4, c) + static_cast<Compute>(geometry.epsilon));
                        const Compute shift = read(2, c) - read(3, c) * scale;
                        for (int64_t i = plane * geometry.inner; i < (plane + 1) * geometry.inner; ++i) {
                          out[i] = static_cast<T>(static_cast<Compute>(in[i]) * scale + shift);
                        }
                      }
                    });
  return {};
}

// Sums are taken in double, channel by channel.
template <typename T, typename S>
Result<> normalize_batch(RunContext& run, const Geometry& geometry) {
  const auto number = []<typename U>(U x) { return static_cast<double>(static_cast<ArithmeticType<U>>(x)); };
  const T* in = run.input<T>(0).data();
  T* out = run.output<T>(0).data();
  const int64_t count = run.input(0).numel() / std::max<int64_t>(geometry.channels, 1);
  for (int64_t c = 0; c < geometry.channels; ++c) {
    const auto at = [&](int64_t i) {
      return (i / geometry.inner * geometry.channels + c) * geometry.inner + i % geometry.inner;
    };
    double mean = 0;
    double variance = 0;
    for (int64_t i = 0; i < count; ++i) mean += number(in[at(i)]);
    mean /= static_cast<double>(count);
    for (int64_t i = 0; i < count; ++i) variance += (number(in[at(i)]) - mean) * (number(in[at(i)]) - mean);
    variance /= static_cast<double>(count);
    const auto channel = static_cast<size_t>(c);
    const double scale = number(run.input<S>(1)[channel]) / std::sqrt(variance + static_cast<double>(geometry.epsilon));
    const double shift = number(run.input<S>(2)[channel]) - mean * scale;
    for (int64_t i = 0; i < count; ++i) {
      out[at(i)] = static_cast<T>(static_cast<ArithmeticType<T>>(number(in[at(i)]) * scale + shift));
    }
    const auto keep = [&](size_t output, double of_batch) {
      if (!run.has_output(output)) return;
      const auto momentum = static_cast<double>(geometry.momentum);
      const double kept = number(run.input<S>(output + 2)[channel]) * momentum + of_batch * (1 - momentum);
      run.output<S>(output)[channel] = static_cast<S>(static_cast<ArithmeticType<S>>(kept));
    };
    keep(1, mean);
    keep(2, variance);
  }
  return {};
}

template <typename T, typename S>
Kernel kernel_for(const Geometry& geometry, bool training) {
  const auto compute = training ? normalize_batch<T, S> : normalize<T, S>;
  return [=](RunContext& run) { return compute(run, geometry); };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  WEDGE_ASSIGN(const float epsilon, context.attributes().number("epsilon", 1e-5F));
  WEDGE_ASSIGN(const float momentum, context.attributes().number("momentum", 0.9F));
  WEDGE_ASSIGN(const bool training, context.attributes().flag("training_mode", false));
  WEDGE_ASSIGN(const bool per_element, is_per_element(context));
  // A vector is a batch of one channel.
  const size_t end = per_element ? shape.rank() : std::min<size_t>(shape.rank(), 2);
  const Geometry geometry{.channels = shape.rank() > 1 ? shape.numel(1, end) : 1,
                          .inner = shape.rank() > 1 ? shape.numel(end, shape.rank()) : 1,
                          .epsilon = epsilon,
                          .momentum = momentum};
  for (size_t i = 1; i <= 4; ++i) {
    if (context.input_shape(i).numel() != geometry.channels || context.dtype(i) != context.dtype(1)) {
      return fail(ErrorCode::invalid_model,
                  "scale, bias, mean and variance must have one element per channel and one type");
    }
  }
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() {
    if (context.dtype(1) == dtype_of<T>) {
      kernel = kernel_for<T, T>(geometry, training);
    } else if (context.dtype(1) == DType::f32) {
      kernel = kernel_for<T, float>(geometry, training);
    }
  });
  if (!kernel)
    return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0), " with scale of ", context.dtype(1));
  context.in_place(0, 0);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, BatchNormalization) = {
    .infer = infer, .prepare = prepare, .min_inputs = 5, .max_inputs = 5, .max_outputs = 5};

}  // namespace wedge
