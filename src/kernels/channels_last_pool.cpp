#include "kernels/channels_last_pool.h"

#include <algorithm>

#include "kernels/tap_range.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/channels_last_pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"
#include "kernels/pooled_pixel.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

struct Maximum {
  static HWY_INLINE V start() { return set(-std::numeric_limits<float>::infinity()); }
  static HWY_INLINE V add(V a, V b) { return hn::Max(a, b); }
};
struct Sum {
  static HWY_INLINE V start() { return set(0.0F); }
  static HWY_INLINE V add(V a, V b) { return hn::Add(a, b); }
};

template <class Kind, typename Load>
HWY_INLINE V pool_vector(const PooledPixel& pixel, const Load& load) {
  V result = Kind::start();
  const float* line = pixel.first;
  for (size_t kh = 0; kh < pixel.rows; ++kh, line += pixel.row_step) {
    const float* tap = line;
    for (size_t kw = 0; kw < pixel.columns; ++kw, tap += pixel.column_step) result = Kind::add(result, load(tap));
  }
  return hn::Mul(result, set(pixel.scale));
}

template <class Kind>
void pool_pixel(const PooledPixel& pixel) {
  const Floats d;
  size_t at = 0;
  for (; at + lanes <= pixel.channels; at += lanes) {
    hn::StoreU(pool_vector<Kind>(pixel, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from + at); }), d,
               pixel.output + at);
  }
  if (at == pixel.channels) return;
  const size_t count = pixel.channels - at;
  const V last = pool_vector<Kind>(pixel, [&](const float* from) HWY_ATTR { return load_first(d, from + at, count); });
  store_first(last, d, pixel.output + at, count);
}

void max_pixel(const PooledPixel& pixel) { pool_pixel<Maximum>(pixel); }
void sum_pixel(const PooledPixel& pixel) { pool_pixel<Sum>(pixel); }

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(max_pixel);
HWY_EXPORT(sum_pixel);

// Inputs under the window that lie in the image or its pads.
size_t padded_taps(const WindowAxis& axis, size_t output) {
  WindowAxis padded = axis;
  padded.input += static_cast<size_t>(axis.pad + axis.pad_end);
  padded.pad = 0;
  return TapRange(padded, window_start(padded, output)).size();
}

template <typename Finish>
void pool_images(const Pool2d& pool, size_t channels, const float* input, float* output, Workers workers,
                 Finish finish) {
  const size_t row_outputs = pool.width.output * channels;
  const size_t work = row_outputs * pool.height.kernel * pool.width.kernel;
  const size_t line = pool.width.input * channels;
  workers.run(pool.planes * pool.height.output, 1 + 16384 / (work + 1), [&](size_t begin, size_t end, unsigned) {
    for (size_t row = begin; row < end; ++row) {
      const float* image = input + row / pool.height.output * pool.height.input * line;
      const size_t y = row % pool.height.output;
      const TapRange high(pool.height, window_start(pool.height, y));
      for (size_t x = 0; x < pool.width.output; ++x) {
        const TapRange wide(pool.width, window_start(pool.width, x));
        const ptrdiff_t first_row =
            window_start(pool.height, y) + static_cast<ptrdiff_t>(high.begin * pool.height.dilation);
        const ptrdiff_t first_column =
            window_start(pool.width, x) + static_cast<ptrdiff_t>(wide.begin * pool.width.dilation);
        finish(y, x,
               PooledPixel{.first = image + static_cast<size_t>(first_row) * line +
                                    static_cast<size_t>(first_column) * channels,
                           .output = output + (row * pool.width.output + x) * channels,
                           .rows = high.size(),
                           .columns = wide.size(),
                           .row_step = pool.height.dilation * line,
                           .column_step = pool.width.dilation * channels,
                           .channels = channels,
                           .scale = 1.0F});
      }
    }
  });
}

}  // namespace

void channels_last_max_pool2d(const Pool2d& pool, size_t channels, const float* input, float* output, Workers workers) {
  pool_images(pool, channels, input, output, workers,
              [](size_t, size_t, const PooledPixel& pixel) { HWY_DYNAMIC_DISPATCH(max_pixel)(pixel); });
}

void channels_last_average_pool2d(const Pool2d& pool, bool count_padding, size_t channels, const float* input,
                                  float* output, Workers workers) {
  pool_images(pool, channels, input, output, workers, [&](size_t y, size_t x, PooledPixel pixel) {
    const size_t count =
        count_padding ? padded_taps(pool.height, y) * padded_taps(pool.width, x) : pixel.rows * pixel.columns;
    pixel.scale = 1.0F / static_cast<float>(count);
    HWY_DYNAMIC_DISPATCH(sum_pixel)(pixel);
  });
}

}  // namespace wedge::kernels
#endif
