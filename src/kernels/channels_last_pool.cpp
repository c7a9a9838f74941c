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

template <typename T>
struct Maximum {
  using Tag = hn::ScalableTag<T>;
  static HWY_INLINE hn::Vec<Tag> start() {
    if constexpr (std::is_same_v<T, float>) return hn::Set(Tag(), -std::numeric_limits<T>::infinity());
    return hn::Set(Tag(), std::numeric_limits<T>::lowest());
  }
  static HWY_INLINE hn::Vec<Tag> add(hn::Vec<Tag> a, hn::Vec<Tag> b) { return hn::Max(a, b); }
  static HWY_INLINE hn::Vec<Tag> finish(hn::Vec<Tag> a, float) { return a; }
};
struct Mean {
  using Tag = Floats;
  static HWY_INLINE V start() { return set(0.0F); }
  static HWY_INLINE V add(V a, V b) { return hn::Add(a, b); }
  static HWY_INLINE V finish(V sum, float scale) { return hn::Mul(sum, set(scale)); }
};

template <class Kind, typename T, typename Load>
HWY_INLINE auto pool_vector(const PooledPixel<T>& pixel, const Load& load) {
  auto result = Kind::start();
  const T* line = pixel.first;
  for (size_t kh = 0; kh < pixel.rows; ++kh, line += pixel.row_step) {
    const T* tap = line;
    for (size_t kw = 0; kw < pixel.columns; ++kw, tap += pixel.column_step) result = Kind::add(result, load(tap));
  }
  return Kind::finish(result, pixel.scale);
}

template <class Kind, typename T>
void pool_pixel(const PooledPixel<T>& pixel) {
  const typename Kind::Tag d;
  constexpr size_t width = hn::MaxLanes(d);
  size_t at = 0;
  for (; at + width <= pixel.channels; at += width) {
    hn::StoreU(pool_vector<Kind>(pixel, [&](const T* from) HWY_ATTR { return hn::LoadU(d, from + at); }), d,
               pixel.output + at);
  }
  if (at == pixel.channels) return;
  const size_t count = pixel.channels - at;
  const auto last = pool_vector<Kind>(pixel, [&](const T* from) HWY_ATTR { return load_first(d, from + at, count); });
  store_first(last, d, pixel.output + at, count);
}

void max_pixel_f32(const PooledPixel<float>& pixel) { pool_pixel<Maximum<float>>(pixel); }
void max_pixel_u8(const PooledPixel<uint8_t>& pixel) { pool_pixel<Maximum<uint8_t>>(pixel); }
void max_pixel_i8(const PooledPixel<int8_t>& pixel) { pool_pixel<Maximum<int8_t>>(pixel); }
void mean_pixel_f32(const PooledPixel<float>& pixel) { pool_pixel<Mean>(pixel); }

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(max_pixel_f32);
HWY_EXPORT(max_pixel_u8);
HWY_EXPORT(max_pixel_i8);
HWY_EXPORT(mean_pixel_f32);

// Inputs under the window that lie in the image or its pads.
size_t padded_taps(const WindowAxis& axis, size_t output) {
  WindowAxis padded = axis;
  padded.input += static_cast<size_t>(axis.pad + axis.pad_end);
  padded.pad = 0;
  return TapRange(padded, window_start(padded, output)).size();
}

template <typename T, typename Finish>
void pool_images(const Pool2d& pool, size_t channels, const T* input, T* output, Workers workers, Finish finish) {
  const size_t row_outputs = pool.width.output * channels;
  const size_t work = row_outputs * pool.height.kernel * pool.width.kernel;
  const size_t line = pool.width.input * channels;
  workers.run(pool.planes * pool.height.output, 1 + 16384 / (work + 1), [&](size_t begin, size_t end, unsigned) {
    for (size_t row = begin; row < end; ++row) {
      const T* image = input + row / pool.height.output * pool.height.input * line;
      const size_t y = row % pool.height.output;
      const TapRange high(pool.height, window_start(pool.height, y));
      for (size_t x = 0; x < pool.width.output; ++x) {
        const TapRange wide(pool.width, window_start(pool.width, x));
        const size_t seen = high.size() * wide.size();
        const auto first = [](const WindowAxis& axis, size_t output_position, size_t tap) {
          return static_cast<size_t>(window_start(axis, output_position) + static_cast<ptrdiff_t>(tap * axis.dilation));
        };
        // A window that sees nothing has no first pixel.
        const size_t offset =
            seen == 0 ? 0 : first(pool.height, y, high.begin) * line + first(pool.width, x, wide.begin) * channels;
        finish(y, x,
               PooledPixel<T>{.first = image + offset,
                              .output = output + (row * pool.width.output + x) * channels,
                              .rows = seen == 0 ? 0 : high.size(),
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
              [](size_t, size_t, const PooledPixel<float>& pixel) { HWY_DYNAMIC_DISPATCH(max_pixel_f32)(pixel); });
}

void channels_last_max_pool2d(const Pool2d& pool, size_t channels, const uint8_t* input, uint8_t* output,
                              Workers workers) {
  pool_images(pool, channels, input, output, workers,
              [](size_t, size_t, const PooledPixel<uint8_t>& pixel) { HWY_DYNAMIC_DISPATCH(max_pixel_u8)(pixel); });
}

void channels_last_max_pool2d(const Pool2d& pool, size_t channels, const int8_t* input, int8_t* output,
                              Workers workers) {
  pool_images(pool, channels, input, output, workers,
              [](size_t, size_t, const PooledPixel<int8_t>& pixel) { HWY_DYNAMIC_DISPATCH(max_pixel_i8)(pixel); });
}

void channels_last_average_pool2d(const Pool2d& pool, bool count_padding, size_t channels, const float* input,
                                  float* output, Workers workers) {
  pool_images(pool, channels, input, output, workers, [&](size_t y, size_t x, PooledPixel<float> pixel) {
    const size_t count =
        count_padding ? padded_taps(pool.height, y) * padded_taps(pool.width, x) : pixel.rows * pixel.columns;
    pixel.scale = 1.0F / static_cast<float>(std::max<size_t>(count, 1));
    HWY_DYNAMIC_DISPATCH(mean_pixel_f32)(pixel);
  });
}

}  // namespace wedge::kernels
#endif
