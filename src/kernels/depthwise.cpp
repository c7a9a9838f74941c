#include "kernels/depthwise.h"

#include <algorithm>

#include "kernels/depthwise_plane.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

template <size_t rows>
void filter_rows(const DepthwisePlane& plane, const float* padded, float* output) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr size_t lanes = hn::MaxLanes(d);
  const WindowAxis& height = plane.conv.height;
  const WindowAxis& width = plane.conv.width;
  const size_t row_step = height.stride * plane.band.row_width();
  const V low = hn::Set(d, plane.clamp.low);
  const V high = hn::Set(d, plane.clamp.high);
  const bool clamped = plane.clamp.active();
  for (size_t column = 0; column < width.output; column += lanes) {
    V sums[rows];
    HWY_UNROLL(4) for (size_t r = 0; r < rows; ++r) sums[r] = hn::Set(d, plane.bias);
    const float* weight = plane.weights;
    for (size_t kh = 0; kh < height.kernel; ++kh) {
      const float* line = padded + kh * height.dilation * plane.band.row_width() + column;
      WindowBand::Taps taps(plane.band);
      for (size_t kw = 0; kw < width.kernel; ++kw, taps.next()) {
        const V factor = hn::Set(d, *weight++);
        HWY_UNROLL(4) for (size_t r = 0; r < rows; ++r) {
          sums[r] = hn::MulAdd(factor, hn::LoadU(d, line + r * row_step + taps.offset()), sums[r]);
        }
      }
    }
    const size_t count = width.output - column;
    HWY_UNROLL(4) for (size_t r = 0; r < rows; ++r) {
      V value = sums[r];
      if (clamped) value = clamp(value, low, high);
      float* to = output + r * width.output + column;
      if (count >= lanes) {
        hn::StoreU(value, d, to);
      } else {
        store_first(value, d, to, count);
      }
    }
  }
}

void filter_plane(const DepthwisePlane& plane) {
  const size_t output_rows = plane.conv.height.output;
  const size_t input_step = plane.conv.height.stride * plane.band.row_width();
  const size_t output_step = plane.conv.width.output;
  for (size_t first = 0; first < output_rows; first += plane.band.rows()) {
    const size_t rows = std::min(plane.band.rows(), output_rows - first);
    plane.band.fill(plane.input, first, rows, 0.0F, plane.padded);
    float* output = plane.output + first * output_step;
    size_t row = 0;
    for (; row + 4 <= rows; row += 4)
      filter_rows<4>(plane, plane.padded + row * input_step, output + row * output_step);
    for (; row < rows; ++row) filter_rows<1>(plane, plane.padded + row * input_step, output + row * output_step);
  }
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(filter_plane);

size_t depthwise_conv2d_scratch_bytes(const Conv2d& conv, Workers workers) {
  return WindowBand(conv.height, conv.width).bytes() * workers.count();
}

void depthwise_conv2d(const Conv2d& conv, const float* input, const float* weights, const float* bias, Clamp clamp,
                      float* output, std::byte* scratch, Workers workers) {
  const WindowBand band(conv.height, conv.width);
  const size_t input_plane = conv.height.input * conv.width.input;
  const size_t output_plane = conv.height.output * conv.width.output;
  const size_t taps = conv.height.kernel * conv.width.kernel;
  const size_t planes_per_block = 1 + 16384 / (output_plane * taps + 1);
  workers.run(conv.batch * conv.channels, planes_per_block, [&](size_t begin, size_t end, unsigned worker) {
    for (size_t i = begin; i < end; ++i) {
      const size_t channel = i % conv.channels;
      const DepthwisePlane plane{conv,
                                 band,
                                 input + i * input_plane,
                                 weights + channel * taps,
                                 bias == nullptr ? 0.0F : bias[channel],
                                 clamp,
                                 output + i * output_plane,
                                 reinterpret_cast<float*>(scratch + worker * band.bytes())};
      HWY_DYNAMIC_DISPATCH(filter_plane)(plane);
    }
  });
}

}  // namespace wedge::kernels
#endif
