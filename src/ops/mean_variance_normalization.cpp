// MeanVarianceNormalization: mean 0 and variance 1 over some axes.
#include <algorithm>
#include <array>
#include <cmath>

#include "ops/binary.h"
#include "ops/broadcast.h"

namespace wedge {
namespace {

// Calls body(element, statistic) for every element and the one of the statistics it belongs to.
template <typename Body>
void for_each_element(const Broadcast& walk, size_t begin, size_t end, Body body) {
  walk.for_each_piece(begin, end, [&](const Broadcast::Offsets& offsets, int64_t at, size_t length) {
    for (int64_t i = 0; i < static_cast<int64_t>(length); ++i) body(at + i, offsets[0] + i * walk.step(0));
  });
}

template <typename T>
Kernel kernel_for(PrepareContext& context, const Shape& shape, const Shape& statistics) {
  using C = ArithmeticType<T>;
  const auto groups = static_cast<size_t>(statistics.numel());
  const Scratch means_at = context.scratch(groups, sizeof(C));
  const Scratch deviations_at = context.scratch(groups, sizeof(C));
  return [=, walk = Broadcast(shape, {statistics})](RunContext& run) -> Result<> {
    const auto in = run.input<T>(0);
    T* out = run.output<T>(0).data();
    if (in.empty()) return {};
    C* means = run.scratch<C>(means_at);
    C* deviations = run.scratch<C>(deviations_at);
    const size_t group_size = in.size() / groups;
    const auto count = static_cast<C>(group_size);
    std::fill_n(means, groups, C(0));
    std::fill_n(deviations, groups, C(0));
    for_each_element(walk, 0, in.size(),
                     [&](int64_t at, int64_t group) { means[group] += static_cast<C>(in[static_cast<size_t>(at)]); });
    for (size_t i = 0; i < groups; ++i) means[i] /= count;
    for_each_element(walk, 0, in.size(), [&](int64_t at, int64_t group) {
      const C x = static_cast<C>(in[static_cast<size_t>(at)]) - means[group];
      deviations[group] += x * x;
    });
    for (size_t i = 0; i < groups; ++i) deviations[i] = std::sqrt(deviations[i] / count) + static_cast<C>(1e-9);
    run.workers().run(in.size(), elementwise_grain, [&](size_t begin, size_t end, unsigned) {
      for_each_element(walk, begin, end, [&](int64_t at, int64_t group) {
        out[at] = static_cast<T>((static_cast<C>(in[static_cast<size_t>(at)]) - means[group]) / deviations[group]);
      });
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.input_shape(0);
  constexpr std::array<int64_t, 3> all_but_channels = {0, 2, 3};
  std::span<const int64_t> wanted = all_but_channels;
  if (context.attributes().has("axes")) {
    WEDGE_ASSIGN(wanted, context.attributes().integers("axes"));
  }
  WEDGE_ASSIGN(const auto axes, resolve_axes(wanted, shape.rank()));
  Shape statistics = shape;
  for (const size_t axis : axes) statistics[axis] = 1;
  Kernel kernel;
  visit_floats(context.dtype(0), [&]<typename T>() { kernel = kernel_for<T>(context, shape, statistics); });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  context.in_place(0, 0);
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, MeanVarianceNormalization) = {.infer = infer_same_as_input, .prepare = prepare, .since = 9};

}  // namespace wedge
