#include <array>
#include <cstring>

#include "ops/resize_run.h"
#include "ops/strided_copy.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

using ElementBytes = std::array<std::byte, sizeof(Element16)>;

struct Nearest {
  ResizeMode mode;
  std::vector<ResizeAxis> axes;  ///< that change
  std::vector<Scratch> tables;   ///< for each of them: the input element of every output element, -1 for none
  Shape input;
  Shape output;
  size_t row_axis;  ///< the last axis that changes
  size_t rows;      ///< of the output, from that axis on
  size_t unit;      ///< bytes of an element of that axis
  size_t width;     ///< bytes of an element
  ElementBytes extrapolation{};
};

// The row of the input that output row `index` shows, -1 for none.
int64_t source_row(const Nearest& plan, const RunContext& run, size_t index) {
  int64_t row = 0;
  int64_t stride = 1;
  size_t next = plan.axes.size() - 1;
  for (size_t axis = plan.row_axis; axis-- > 0;) {
    const auto dim = static_cast<size_t>(plan.output[axis]);
    auto at = static_cast<int64_t>(index % dim);
    if (next > 0 && plan.axes[next - 1].axis == axis) at = run.scratch<int64_t>(plan.tables[--next])[at];
    if (at < 0) return -1;
    row += at * stride;
    stride *= plan.input[axis];
    index /= dim;
  }
  return row;
}

// Elements of a row whose width the compiler knows.
template <typename T>
void pick(const int64_t* table, size_t count, const std::byte* source, const std::byte* outside, std::byte* target) {
  for (size_t o = 0; o < count; ++o) {
    const std::byte* from = table[o] < 0 ? outside : source + static_cast<size_t>(table[o]) * sizeof(T);
    std::memcpy(target + o * sizeof(T), from, sizeof(T));
  }
}

void resize_row(const Nearest& plan, const int64_t* table, const std::byte* source, std::byte* target) {
  const auto count = static_cast<size_t>(plan.output[plan.row_axis]);
  const std::byte* outside = plan.extrapolation.data();
  if (plan.unit == plan.width) {
    switch (plan.width) {
      case 1: return pick<uint8_t>(table, count, source, outside, target);
      case 2: return pick<uint16_t>(table, count, source, outside, target);
      case 4: return pick<uint32_t>(table, count, source, outside, target);
      case 8: return pick<uint64_t>(table, count, source, outside, target);
      default: return pick<Element16>(table, count, source, outside, target);
    }
  }
  for (size_t o = 0; o < count; ++o, target += plan.unit) {
    if (table[o] >= 0) {
      std::memcpy(target, source + static_cast<size_t>(table[o]) * plan.unit, plan.unit);
      continue;
    }
    for (size_t i = 0; i < plan.unit; i += plan.width) std::memcpy(target + i, outside, plan.width);
  }
}

void resize(const Nearest& plan, RunContext& run) {
  for (size_t i = 0; i < plan.axes.size(); ++i) {
    auto* table = run.scratch<int64_t>(plan.tables[i]);
    for (int64_t o = 0; o < plan.axes[i].output; ++o) {
      table[o] = plan.axes[i].is_extrapolated(o, plan.mode) ? -1 : plan.axes[i].nearest(o, plan.mode);
    }
  }
  const auto* table = run.scratch<const int64_t>(plan.tables.back());
  const auto row_length = static_cast<size_t>(plan.output[plan.row_axis]);
  const size_t source_bytes = static_cast<size_t>(plan.input[plan.row_axis]) * plan.unit;
  const size_t target_bytes = row_length * plan.unit;
  const size_t grain = std::max<size_t>(1, (64 << 10) / target_bytes);
  run.workers().run(plan.rows, grain, [&](size_t begin, size_t end, unsigned) {
    int64_t previous = -1;
    for (size_t i = begin; i < end; ++i) {
      std::byte* target = run.output(0).data + i * target_bytes;
      const int64_t row = source_row(plan, run, i);
      if (row >= 0 && row == previous) {
        std::memcpy(target, target - target_bytes, target_bytes);
      } else if (row >= 0) {
        resize_row(plan, table, run.input(0).data + static_cast<size_t>(row) * source_bytes, target);
      } else {
        for (size_t k = 0; k < target_bytes; k += plan.width) {
          std::memcpy(target + k, plan.extrapolation.data(), plan.width);
        }
      }
      previous = row;
    }
  });
}

}  // namespace

Result<Kernel> prepare_nearest(PrepareContext& context, const ResizeMode& mode, std::vector<ResizeAxis> axes) {
  Nearest plan{.mode = mode,
               .axes = std::move(axes),
               .tables = {},
               .input = context.input_shape(0),
               .output = context.output_shape(0),
               .row_axis = 0,
               .rows = 0,
               .unit = 0,
               .width = 0};
  WEDGE_ASSIGN(plan.width, element_width(context, 0));
  plan.row_axis = plan.axes.back().axis;
  plan.rows = static_cast<size_t>(plan.output.numel(0, plan.row_axis));
  plan.unit = static_cast<size_t>(plan.output.numel(plan.row_axis + 1, plan.output.rank())) * plan.width;
  for (const ResizeAxis& axis : plan.axes) {
    plan.tables.push_back(context.scratch(static_cast<uint64_t>(axis.output), sizeof(int64_t)));
  }
  visit_numbers(context.dtype(0), [&]<typename T>() {
    const T value = interpolated<T>(mode.extrapolation);
    std::memcpy(plan.extrapolation.data(), &value, sizeof(value));
  });
  context.name_kernel("resize_nearest");
  return [plan = std::move(plan)](RunContext& run) -> Result<> {
    resize(plan, run);
    return {};
  };
}

}  // namespace wedge
