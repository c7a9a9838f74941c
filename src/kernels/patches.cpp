#include "kernels/patches.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/patches.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

// Part of a panel: outputs of one image row, next to each other.
struct Segment {
  size_t row, column, count;
};

struct Segments {
  Segment items[panel_width];
  size_t count = 0;
};

Segments split_by_rows(size_t begin, size_t end, size_t row_width) {
  Segments segments;
  while (begin < end) {
    const size_t column = begin % row_width;
    const size_t count = std::min(end - begin, row_width - column);
    segments.items[segments.count++] = {begin / row_width, column, count};
    begin += count;
  }
  return segments;
}

// to[i] = from[i] for i in [low, high), 0 in the rest of [0, count).
HWY_INLINE void copy_between_pads(const float* from, ptrdiff_t low, ptrdiff_t high, size_t count, float* to) {
  const FloatTag d;
  const auto end = static_cast<ptrdiff_t>(count);
  for (ptrdiff_t i = 0; i < end; i += static_cast<ptrdiff_t>(lanes)) {
    const ptrdiff_t next = i + static_cast<ptrdiff_t>(lanes);
    if (i >= low && next <= std::min(high, end)) {
      hn::StoreU(hn::LoadU(d, from + i), d, to + i);
      continue;
    }
#if WEDGE_MASKED_MEMORY
    const auto before_high = hn::FirstN(d, static_cast<size_t>(std::max<ptrdiff_t>(high - i, 0)));
    const auto before_low = hn::FirstN(d, static_cast<size_t>(std::max<ptrdiff_t>(low - i, 0)));
    const auto values = hn::MaskedLoad(hn::AndNot(before_low, before_high), d, from + i);
    hn::BlendedStore(values, hn::FirstN(d, static_cast<size_t>(end - i)), d, to + i);
#else
    for (ptrdiff_t j = i; j < std::min(next, end); ++j) to[j] = j >= low && j < high ? from[j] : 0.0F;
#endif
  }
}

HWY_INLINE void write_segment(const Conv2d& conv, const float* image, size_t kh, size_t kw, const Segment& segment,
                              float* to) {
  const WindowAxis& height = conv.height;
  const WindowAxis& width = conv.width;
  const auto row = static_cast<ptrdiff_t>(segment.row * height.stride + kh * height.dilation) - height.pad;
  if (row < 0 || row >= static_cast<ptrdiff_t>(height.input)) {
    std::fill_n(to, segment.count, 0.0F);
    return;
  }
  const auto row_width = static_cast<ptrdiff_t>(width.input);
  const auto first = static_cast<ptrdiff_t>(segment.column * width.stride + kw * width.dilation) - width.pad;
  const float* line = image + row * row_width;
  if (width.stride == 1) {
    copy_between_pads(line + first, -first, row_width - first, segment.count, to);
    return;
  }
  ptrdiff_t column = first;
  for (size_t i = 0; i < segment.count; ++i, column += static_cast<ptrdiff_t>(width.stride)) {
    to[i] = column >= 0 && column < row_width ? line[column] : 0.0F;
  }
}

void write_patches(const Conv2d& conv, const float* input, size_t k_begin, size_t k_end, size_t n_begin, size_t n_end,
                   float* to) {
  const size_t kernel_width = conv.width.kernel;
  const size_t taps = conv.height.kernel * kernel_width;
  const size_t plane = conv.height.input * conv.width.input;
  for (size_t column = n_begin; column < n_end; column += panel_width) {
    const size_t columns = std::min(panel_width, n_end - column);
    const Segments segments = split_by_rows(column, column + columns, conv.width.output);
    const float* image = input + k_begin / taps * plane;
    size_t kh = k_begin % taps / kernel_width;
    size_t kw = k_begin % kernel_width;
    for (size_t k = k_begin; k < k_end; ++k, to += panel_width) {
      float* at = to;
      for (size_t i = 0; i < segments.count; ++i) {
        write_segment(conv, image, kh, kw, segments.items[i], at);
        at += segments.items[i].count;
      }
      std::fill(at, to + panel_width, 0.0F);
      if (++kw < kernel_width) continue;
      kw = 0;
      if (++kh < conv.height.kernel) continue;
      kh = 0;
      image += plane;
    }
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(write_patches);

void PatchWriter::operator()(size_t k_begin, size_t k_end, size_t n_begin, size_t n_end, float* panels) const {
  HWY_DYNAMIC_DISPATCH(write_patches)(*conv_, input_, k_begin, k_end, n_begin, n_end, panels);
}

}  // namespace wedge::kernels
#endif
