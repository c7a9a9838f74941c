// What MaxPool and AveragePool share: planes of an input under a sliding window.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "kernels/pool.h"
#include "ops/operator.h"
#include "ops/window.h"

namespace wedge {

/// The rule of operators that pool each channel by a window: N, C, spatial … to N, C, fewer spatial …
Result<> infer_pool(InferContext& context);

struct Pool {
  size_t planes = 1;  ///< images times channels
  size_t input_plane = 1;
  size_t output_plane = 1;
  std::vector<kernels::WindowAxis> axes;
};

Result<Pool> read_pool(const PrepareContext& context);

/// The same for the kernels of f32 in one or two dimensions; nullopt when they do not cover it.
std::optional<kernels::Pool2d> fast_pool(const PrepareContext& context, const Pool& pool);

/// Where the window of one output position lies along an axis: input position `first + i * dilation` for i in
/// [begin, end) is inside the input.
struct Reach {
  ptrdiff_t first;
  ptrdiff_t begin;
  ptrdiff_t end;
};
inline Reach reach(const kernels::WindowAxis& axis, size_t output) {
  const auto dilation = static_cast<ptrdiff_t>(axis.dilation);
  const ptrdiff_t first = static_cast<ptrdiff_t>(output * axis.stride) - axis.pad;
  const ptrdiff_t room = static_cast<ptrdiff_t>(axis.input) - first;
  return {.first = first,
          .begin = first >= 0 ? 0 : (-first + dilation - 1) / dilation,
          .end = std::min(static_cast<ptrdiff_t>(axis.kernel), room <= 0 ? 0 : (room + dilation - 1) / dilation)};
}

/// Calls visit(index) for every input element that output element `output` of a plane sees, in row-major order.
template <typename Visit>
void for_each_seen(const Pool& pool, size_t output, Visit visit) {
  const size_t rank = pool.axes.size();
  std::array<Reach, Shape::max_rank> reaches;
  std::array<ptrdiff_t, Shape::max_rank> at;
  for (size_t axis = rank; axis-- > 0;) {
    reaches[axis] = reach(pool.axes[axis], output % pool.axes[axis].output);
    output /= pool.axes[axis].output;
    at[axis] = reaches[axis].begin;
    if (reaches[axis].begin >= reaches[axis].end) return;
  }
  for (;;) {
    size_t row = 0;
    for (size_t axis = 0; axis + 1 < rank; ++axis) {
      const auto position = reaches[axis].first + at[axis] * static_cast<ptrdiff_t>(pool.axes[axis].dilation);
      row = row * pool.axes[axis].input + static_cast<size_t>(position);
    }
    const kernels::WindowAxis& inner = pool.axes[rank - 1];
    const Reach& span = reaches[rank - 1];
    for (ptrdiff_t i = span.begin; i < span.end; ++i) {
      visit(row * inner.input + static_cast<size_t>(span.first + i * static_cast<ptrdiff_t>(inner.dilation)));
    }
    size_t axis = rank - 1;
    while (axis-- > 0) {
      if (++at[axis] < reaches[axis].end) break;
      at[axis] = reaches[axis].begin;
    }
    if (axis == static_cast<size_t>(-1)) return;
  }
}

/// The elements under the window of one output that lie in the input or its pads.
size_t padded_count(const Pool& pool, size_t output);

/// Runs compute(plane, output) for every element of the output.
template <typename Compute>
void for_each_pooled(const Pool& pool, Workers workers, Compute compute) {
  workers.run(pool.planes, 1, [&](size_t begin, size_t end, unsigned) {
    for (size_t plane = begin; plane < end; ++plane) {
      for (size_t output = 0; output < pool.output_plane; ++output) compute(plane, output);
    }
  });
}

}  // namespace wedge
