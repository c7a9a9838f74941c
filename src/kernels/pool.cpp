#include "kernels/pool.h"

#include <algorithm>

#include "kernels/window_band.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

struct Maximum {
  static constexpr float padding = -std::numeric_limits<float>::infinity();
  static HWY_INLINE V add(V a, V b) { return hn::Max(a, b); }
};
struct Sum {
  static constexpr float padding = 0.0F;
  static HWY_INLINE V add(V a, V b) { return hn::Add(a, b); }
};

template <class Kind>
void pool_row(const Pool2d& pool, const WindowBand& band, const float* padded, float* output) {
  const Floats d;
  for (size_t column = 0; column < pool.width.output; column += lanes) {
    V result = set(Kind::padding);
    for (size_t kh = 0; kh < pool.height.kernel; ++kh) {
      const float* line = padded + kh * pool.height.dilation * band.row_width() + column;
      WindowBand::Taps taps(band);
      for (size_t kw = 0; kw < pool.width.kernel; ++kw, taps.next()) {
        result = Kind::add(result, hn::LoadU(d, line + taps.offset()));
      }
    }
    const size_t count = pool.width.output - column;
    if (count >= lanes) {
      hn::StoreU(result, d, output + column);
    } else {
      store_first(result, d, output + column, count);
    }
  }
}

template <class Kind>
void pool_plane(const Pool2d& pool, const WindowBand& band, const float* input, float* output, float* padded) {
  for (size_t first = 0; first < pool.height.output; first += band.rows()) {
    const size_t rows = std::min(band.rows(), pool.height.output - first);
    band.fill(input, first, rows, Kind::padding, padded);
    for (size_t row = 0; row < rows; ++row) {
      pool_row<Kind>(pool, band, padded + row * pool.height.stride * band.row_width(),
                     output + (first + row) * pool.width.output);
    }
  }
}

void max_plane(const Pool2d& pool, const WindowBand& band, const float* input, float* output, float* padded) {
  pool_plane<Maximum>(pool, band, input, output, padded);
}
void sum_plane(const Pool2d& pool, const WindowBand& band, const float* input, float* output, float* padded) {
  pool_plane<Sum>(pool, band, input, output, padded);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(max_plane);
HWY_EXPORT(sum_plane);

size_t input_plane(const Pool2d& pool) { return pool.height.input * pool.width.input; }
size_t output_plane(const Pool2d& pool) { return pool.height.output * pool.width.output; }

template <typename Body>
void for_each_plane(const Pool2d& pool, Workers workers, const Body& body) {
  const size_t cost = output_plane(pool) * pool.height.kernel * pool.width.kernel;
  workers.run(pool.planes, 1 + 16384 / (cost + 1), [&](size_t begin, size_t end, unsigned worker) {
    for (size_t plane = begin; plane < end; ++plane) body(plane, worker);
  });
}

// How many taps of output `o`'s window lie in [low, high).
size_t taps_within(const WindowAxis& axis, size_t o, ptrdiff_t low, ptrdiff_t high) {
  const auto dilation = static_cast<ptrdiff_t>(axis.dilation);
  const ptrdiff_t start = static_cast<ptrdiff_t>(o * axis.stride) - axis.pad;
  const auto taps_below = [&](ptrdiff_t bound) {
    const ptrdiff_t taps = bound <= start ? 0 : (bound - start + dilation - 1) / dilation;
    return std::min(taps, static_cast<ptrdiff_t>(axis.kernel));
  };
  return static_cast<size_t>(taps_below(high) - taps_below(low));
}

size_t taps_counted(const WindowAxis& axis, size_t o, bool count_padding) {
  const auto size = static_cast<ptrdiff_t>(axis.input);
  return count_padding ? taps_within(axis, o, -axis.pad, size + axis.pad_end) : taps_within(axis, o, 0, size);
}

void divide_by_counts(const Pool2d& pool, bool count_padding, float* output) {
  for (size_t h = 0; h < pool.height.output; ++h) {
    const size_t rows = taps_counted(pool.height, h, count_padding);
    for (size_t w = 0; w < pool.width.output; ++w) {
      *output++ /= static_cast<float>(rows * taps_counted(pool.width, w, count_padding));
    }
  }
}

struct Largest {
  float value;
  size_t index;
};

Largest largest_in_window(const Pool2d& pool, const float* input, size_t h, size_t w) {
  Largest best{-std::numeric_limits<float>::infinity(), input_plane(pool)};
  auto row = static_cast<ptrdiff_t>(h * pool.height.stride) - pool.height.pad;
  for (size_t kh = 0; kh < pool.height.kernel; ++kh, row += static_cast<ptrdiff_t>(pool.height.dilation)) {
    if (row < 0 || row >= static_cast<ptrdiff_t>(pool.height.input)) continue;
    auto column = static_cast<ptrdiff_t>(w * pool.width.stride) - pool.width.pad;
    for (size_t kw = 0; kw < pool.width.kernel; ++kw, column += static_cast<ptrdiff_t>(pool.width.dilation)) {
      if (column < 0 || column >= static_cast<ptrdiff_t>(pool.width.input)) continue;
      const size_t index = static_cast<size_t>(row) * pool.width.input + static_cast<size_t>(column);
      // The first input seen is taken whatever its value.
      if (best.index == input_plane(pool) || input[index] > best.value) best = {input[index], index};
    }
  }
  return best;
}

}  // namespace

size_t pool2d_scratch_bytes(const Pool2d& pool, Workers workers) {
  return WindowBand(pool.height, pool.width).bytes() * workers.count();
}

void max_pool2d(const Pool2d& pool, const float* input, float* output, std::byte* scratch, Workers workers) {
  const WindowBand band(pool.height, pool.width);
  for_each_plane(pool, workers, [&](size_t plane, unsigned worker) {
    auto* padded = reinterpret_cast<float*>(scratch + worker * band.bytes());
    HWY_DYNAMIC_DISPATCH(max_plane)
    (pool, band, input + plane * input_plane(pool), output + plane * output_plane(pool), padded);
  });
}

void max_pool2d_with_indices(const Pool2d& pool, const float* input, float* output, int64_t* indices, Workers workers) {
  for_each_plane(pool, workers, [&](size_t plane, unsigned) {
    const size_t first = plane * input_plane(pool);
    size_t o = plane * output_plane(pool);
    for (size_t h = 0; h < pool.height.output; ++h) {
      for (size_t w = 0; w < pool.width.output; ++w, ++o) {
        const Largest best = largest_in_window(pool, input + first, h, w);
        output[o] = best.value;
        indices[o] = static_cast<int64_t>(first + best.index);
      }
    }
  });
}

void average_pool2d(const Pool2d& pool, bool count_padding, const float* input, float* output, std::byte* scratch,
                    Workers workers) {
  const WindowBand band(pool.height, pool.width);
  for_each_plane(pool, workers, [&](size_t plane, unsigned worker) {
    auto* padded = reinterpret_cast<float*>(scratch + worker * band.bytes());
    float* own_output = output + plane * output_plane(pool);
    HWY_DYNAMIC_DISPATCH(sum_plane)(pool, band, input + plane * input_plane(pool), own_output, padded);
    divide_by_counts(pool, count_padding, own_output);
  });
}

}  // namespace wedge::kernels
#endif
