// Direct convolution by AMX: output pixels are rows of products that multiply_split() sums over some taps at a time.
#include <algorithm>

#include "base/checked.h"
#include "kernels/channels_last_taps.h"

namespace wedge::kernels {
namespace {

// How the sums of an image are cut. All pixels go through some taps, or through a part of the channels of one, before
// the next; that does not depend on the workers.
struct Schedule {
  size_t taps, depth;  // of a pass
  size_t taps_passes, depth_passes;
  size_t rows, row_blocks;  // of pixels
  size_t columns, column_blocks;
  size_t pointers_bytes, block_bytes;

  Schedule(const Conv2d& conv, Workers workers) {
    const Taps all(conv);
    const size_t steps_deep = round_up(all.depth, split_step_depth);
    taps = std::min(all.count, std::max<size_t>(most_split_depth / steps_deep, 1));
    taps = ceil_div(all.count, ceil_div(all.count, taps));
    depth = round_up(ceil_div(all.depth, ceil_div(all.depth, most_split_depth)), split_step_depth);
    depth = std::min(depth, all.depth);
    taps_passes = ceil_div(all.count, taps);
    depth_passes = ceil_div(all.depth, depth);
    const size_t pixels = conv.height.output * conv.width.output;
    const SplitCut cut(pixels, outputs_per_group(conv), conv.batch, workers);
    rows = cut.rows;
    columns = cut.columns;
    row_blocks = ceil_div(pixels, rows);
    column_blocks = ceil_div(outputs_per_group(conv), columns);
    pointers_bytes = all.count * split_rows_at_once * sizeof(float*);
    block_bytes = split_scratch_bytes(rows, taps, depth);
  }
  [[nodiscard]] size_t passes() const { return taps_passes * depth_passes; }
  [[nodiscard]] size_t tap(size_t pass) const { return pass / depth_passes * taps; }
  [[nodiscard]] size_t first(size_t pass) const { return pass % depth_passes * depth; }
  [[nodiscard]] size_t per_worker() const { return pointers_bytes + block_bytes; }
};

}  // namespace

size_t split_conv_scratch_bytes(const Conv2d& conv, Workers workers) {
  return Schedule(conv, workers).per_worker() * workers.count();
}

void split_conv2d(const ConvRun& run, const ConvImages& images, std::byte* scratch) {
  const Conv2d& conv = run.conv;
  const Taps taps(conv);
  const Schedule s(conv, run.workers);
  const size_t pixels = conv.height.output * conv.width.output;
  const size_t tap_floats = packed_tap_bytes(conv, taps) / sizeof(float);
  const size_t panel = gemm_panel_width();
  const auto* weights = reinterpret_cast<const float*>(run.packed);
  run.workers.run(conv.batch * s.row_blocks * s.column_blocks, 1, [&](size_t task, size_t, unsigned worker) {
    const size_t row = task % s.row_blocks * s.rows;
    const size_t column = task / s.row_blocks % s.column_blocks * s.columns;
    const size_t image = task / (s.row_blocks * s.column_blocks);
    std::byte* own = scratch + worker * s.per_worker();
    auto** pointers = reinterpret_cast<const float**>(own);
    const size_t place = (image * pixels + row) * conv.output_channels + column;
    SplitBlock block{};
    block.rows = std::min(s.rows, pixels - row);
    block.n = std::min(s.columns, conv.output_channels - column);
    block.tap_stride = tap_floats;
    block.panel_stride = panel * taps.depth;
    block.c = run.output + place;
    block.c_stride = static_cast<ptrdiff_t>(conv.output_channels);
    block.finish.addend = run.finish.residual == nullptr ? nullptr : run.finish.residual + place;
    block.finish.addend_stride = block.c_stride;
    const auto panels_of = [&](size_t pass) {
      return weights + s.tap(pass) * tap_floats + column * taps.depth + s.first(pass) * panel;
    };
    for (size_t pass = 0; pass < s.passes(); ++pass) {
      const size_t tap = s.tap(pass);
      const size_t first = s.first(pass);
      const bool is_last = pass + 1 == s.passes();
      block.taps = std::min(s.taps, taps.count - tap);
      block.depth = std::min(s.depth, taps.depth - first);
      block.b = panels_of(pass);
      block.next_b = is_last ? nullptr : panels_of(pass + 1);
      if (is_last) {
        block.finish.clamp = run.finish.clamp;
        block.finish.column_bias = run.finish.bias == nullptr ? nullptr : run.finish.bias + column;
      }
      const auto rows = [&](size_t begin, size_t count, const float** to) {
        images.find(conv, image, 0, split_rows_at_once, row + begin, count, pointers);
        const float* const* of_tap = pointers + tap * split_rows_at_once;
        for (size_t i = 0; i < block.taps * split_rows_at_once; ++i) {
          if (i % split_rows_at_once < count) to[i] = of_tap[i] + first;
        }
      };
      multiply_split(block, rows, own + s.pointers_bytes);
      block.finish.addend = block.c;
    }
    for (size_t i = 0; run.finish.activates() && i < block.rows; ++i) {
      activate(run.finish, block.c + i * conv.output_channels, block.n);
    }
  });
}

}  // namespace wedge::kernels
