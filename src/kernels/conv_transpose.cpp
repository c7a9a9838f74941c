#include "kernels/conv_transpose.h"

#include <algorithm>

#include "base/checked.h"

namespace wedge::kernels {
namespace {

struct Sizes {
  size_t channels, outputs;  // per group
  size_t taps, input_plane, output_plane;
  size_t packed_bytes, products_bytes;

  explicit Sizes(const Conv2d& conv)
      : channels(conv.channels / conv.groups),
        outputs(conv.output_channels / conv.groups),
        taps(conv.height.kernel * conv.width.kernel),
        input_plane(conv.height.input * conv.width.input),
        output_plane(conv.height.output * conv.width.output),
        packed_bytes(gemm_packed_a_bytes(outputs * taps, channels)),
        products_bytes(round_up(outputs * taps * input_plane * sizeof(float), 64)) {}
};

// Row (m, kh, kw), column (h, w): what input (h, w) adds to output channel m through that tap.
GemmArguments product(const Sizes& sizes, const std::byte* packed_weights, const float* image, float* products) {
  const auto pixels = static_cast<ptrdiff_t>(sizes.input_plane);
  GemmArguments g{.m = sizes.outputs * sizes.taps, .n = sizes.input_plane, .k = sizes.channels};
  g.packed_a = packed_weights;
  g.b = {image, pixels, 1};
  g.c = products;
  g.c_stride = pixels;
  return g;
}

// Adds one tap's products, a whole input image of them, where they belong in the output.
void scatter(const Conv2d& conv, size_t kh, size_t kw, const float* products, float* output) {
  const WindowAxis& height = conv.height;
  const WindowAxis& width = conv.width;
  const auto first_column = static_cast<ptrdiff_t>(kw * width.dilation) - width.pad;
  const auto column_step = static_cast<ptrdiff_t>(width.stride);
  const auto output_width = static_cast<ptrdiff_t>(width.output);
  size_t begin = 0;
  size_t end = width.input;
  while (begin < end && first_column + static_cast<ptrdiff_t>(begin) * column_step < 0) ++begin;
  while (end > begin && first_column + static_cast<ptrdiff_t>(end - 1) * column_step >= output_width) --end;
  for (size_t h = 0; h < height.input; ++h, products += width.input) {
    const auto row = static_cast<ptrdiff_t>(h * height.stride + kh * height.dilation) - height.pad;
    if (row < 0 || row >= static_cast<ptrdiff_t>(height.output)) continue;
    float* line = output + row * output_width;
    for (size_t w = begin; w < end; ++w) line[first_column + static_cast<ptrdiff_t>(w) * column_step] += products[w];
  }
}

void sum_products(const Conv2d& conv, const Sizes& sizes, const float* products, float bias, Clamp clamp,
                  float* output) {
  std::fill_n(output, sizes.output_plane, bias);
  for (size_t kh = 0; kh < conv.height.kernel; ++kh) {
    for (size_t kw = 0; kw < conv.width.kernel; ++kw, products += sizes.input_plane) {
      scatter(conv, kh, kw, products, output);
    }
  }
  if (!clamp.active()) return;
  for (size_t i = 0; i < sizes.output_plane; ++i) {
    // A NaN fails both comparisons and stays.
    const float value = output[i] < clamp.low ? clamp.low : output[i];
    output[i] = value > clamp.high ? clamp.high : value;
  }
}

}  // namespace

size_t conv_transpose2d_packed_weights_bytes(const Conv2d& conv) { return Sizes(conv).packed_bytes * conv.groups; }

void conv_transpose2d_pack_weights(const Conv2d& conv, const float* weights, std::byte* packed) {
  const Sizes sizes(conv);
  const size_t rows = sizes.outputs * sizes.taps;
  for (size_t group = 0; group < conv.groups; ++group) {
    const MatrixView transposed{weights + group * sizes.channels * rows, 1, static_cast<ptrdiff_t>(rows)};
    gemm_pack_a(transposed, rows, sizes.channels, packed + group * sizes.packed_bytes);
  }
}

size_t conv_transpose2d_scratch_bytes(const Conv2d& conv, Workers workers) {
  const Sizes sizes(conv);
  const std::byte packed{};
  return sizes.products_bytes + gemm_scratch_bytes(product(sizes, &packed, nullptr, nullptr), workers);
}

void conv_transpose2d(const Conv2d& conv, const float* input, const std::byte* packed_weights, const float* bias,
                      Clamp clamp, float* output, std::byte* scratch, Workers workers) {
  const Sizes sizes(conv);
  auto* products = reinterpret_cast<float*>(scratch);
  for (size_t i = 0; i < conv.batch * conv.groups; ++i) {
    const size_t group = i % conv.groups;
    const float* image = input + i * sizes.channels * sizes.input_plane;
    gemm(product(sizes, packed_weights + group * sizes.packed_bytes, image, products), scratch + sizes.products_bytes,
         workers);
    workers.run(sizes.outputs, 1, [&](size_t m, size_t, unsigned) {
      const float* own_products = products + m * sizes.taps * sizes.input_plane;
      const float own_bias = bias == nullptr ? 0.0F : bias[group * sizes.outputs + m];
      sum_products(conv, sizes, own_products, own_bias, clamp, output + (i * sizes.outputs + m) * sizes.output_plane);
    });
  }
}

}  // namespace wedge::kernels
