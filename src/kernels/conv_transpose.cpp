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
        products_bytes(round_up(saturating_bytes(outputs, taps, input_plane, sizeof(float)), 64)) {}
};

// Row (m, kh, kw), column (h, w): what input (h, w) adds to output channel m through that tap. `image` and `products`
// begin at the first of the pixels wanted.
GemmArguments product(const Sizes& sizes, size_t pixels, const std::byte* packed_weights, const float* image,
                      float* products) {
  GemmArguments g{.m = sizes.outputs * sizes.taps, .n = pixels, .k = sizes.channels};
  g.packed_a = packed_weights;
  g.b = {image, static_cast<ptrdiff_t>(sizes.input_plane), 1};
  g.c = products;
  g.c_stride = static_cast<ptrdiff_t>(pixels);
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

void sum_products(const Conv2d& conv, const Sizes& sizes, const float* products, float bias, const ConvFinish& finish,
                  float* output) {
  std::fill_n(output, sizes.output_plane, bias);
  for (size_t kh = 0; kh < conv.height.kernel; ++kh) {
    for (size_t kw = 0; kw < conv.width.kernel; ++kw, products += sizes.input_plane) {
      scatter(conv, kh, kw, products, output);
    }
  }
  clamp_and_activate(finish, output, sizes.output_plane);
}

// Every output pixel belongs to one window, and every window lies inside the output.
bool tiles_output(const WindowAxis& axis) {
  return axis.stride == axis.kernel && (axis.dilation == 1 || axis.kernel == 1) && axis.pad == 0 &&
         axis.output == axis.input * axis.stride;
}
// A convolution whose windows tile the output, some rows of an image at a time, so that products stay in cache.
class Tiled {
 public:
  explicit Tiled(const Conv2d& conv)
      : conv_(conv),
        sizes_(conv),
        row_products_(saturating_bytes(sizes_.outputs, sizes_.taps, conv.width.input)),
        rows_(std::min(most_products / std::max<size_t>(row_products_, 1), conv.height.input)),
        products_bytes_(round_up(row_products_ * rows_ * sizeof(float), 64)) {
    const std::byte packed{};
    const auto whole_strip = product(sizes_, rows_ * conv.width.input, &packed, nullptr, nullptr);
    gemm_bytes_ = round_up(gemm_scratch_bytes(whole_strip, Workers()), 64);
  }

  // Not where a single row fills the cache.
  [[nodiscard]] bool applies() const { return rows_ > 0 && tiles_output(conv_.height) && tiles_output(conv_.width); }

  [[nodiscard]] size_t scratch_bytes(Workers workers) const { return bytes_per_worker() * workers.count(); }

  void run(const float* input, const std::byte* packed_weights, const ConvFinish& finish, float* output,
           std::byte* scratch, Workers workers) const {
    const size_t strips = (conv_.height.input + rows_ - 1) / rows_;
    workers.run(conv_.batch * conv_.groups * strips, 1, [&](size_t task, size_t, unsigned worker) {
      const size_t part = task / strips;
      const size_t group = part % conv_.groups;
      const size_t first = task % strips * rows_;
      const size_t rows = std::min(rows_, conv_.height.input - first);
      std::byte* own = scratch + worker * bytes_per_worker();
      auto* products = reinterpret_cast<float*>(own);
      const float* image = input + part * sizes_.channels * sizes_.input_plane + first * conv_.width.input;
      gemm(product(sizes_, rows * conv_.width.input, packed_weights + group * sizes_.packed_bytes, image, products),
           own + products_bytes_, Workers());
      for (size_t m = 0; m < sizes_.outputs; ++m) {
        const float bias = finish.bias == nullptr ? 0.0F : finish.bias[group * sizes_.outputs + m];
        float* plane = output + (part * sizes_.outputs + m) * sizes_.output_plane;
        store(products + m * sizes_.taps * rows * conv_.width.input, rows, bias, finish,
              plane + first * conv_.height.stride * conv_.width.output);
      }
    });
  }

 private:
  // Of a strip: 256 KB of floats.
  static constexpr size_t most_products = size_t{64} << 10U;

  [[nodiscard]] size_t bytes_per_worker() const { return products_bytes_ + gemm_bytes_; }

  // The output rows of one channel that `rows` rows of the input make.
  void store(const float* products, size_t rows, float bias, const ConvFinish& finish, float* to) const {
    const size_t width = conv_.width.input;
    const size_t taps = conv_.width.kernel;
    for (size_t h = 0; h < rows; ++h) {
      for (size_t kh = 0; kh < conv_.height.kernel; ++kh, to += conv_.width.output) {
        const float* row = products + (kh * taps * rows + h) * width;
        if (taps == 2) {
          interleave(row, row + rows * width, width, bias, to);
        } else {
          for (size_t kw = 0; kw < taps; ++kw) {
            for (size_t w = 0; w < width; ++w) to[w * taps + kw] = row[kw * rows * width + w] + bias;
          }
        }
        clamp_and_activate(finish, to, conv_.width.output);
      }
    }
  }

  static void interleave(const float* even, const float* odd, size_t width, float bias, float* to) {
    for (size_t w = 0; w < width; ++w) {
      to[2 * w] = even[w] + bias;
      to[2 * w + 1] = odd[w] + bias;
    }
  }

  const Conv2d& conv_;
  Sizes sizes_;
  size_t row_products_;  ///< floats that a row of the input makes
  size_t rows_;          ///< of a strip
  size_t products_bytes_, gemm_bytes_ = 0;
};

}  // namespace

size_t conv_transpose2d_packed_weights_bytes(const Conv2d& conv) {
  return saturating_bytes(Sizes(conv).packed_bytes, conv.groups);
}

void conv_transpose2d_pack_weights(const Conv2d& conv, const float* weights, std::byte* packed) {
  const Sizes sizes(conv);
  const size_t rows = sizes.outputs * sizes.taps;
  for (size_t group = 0; group < conv.groups; ++group) {
    const MatrixView transposed{weights + group * sizes.channels * rows, 1, static_cast<ptrdiff_t>(rows)};
    gemm_pack_a(transposed, rows, sizes.channels, packed + group * sizes.packed_bytes);
  }
}

size_t conv_transpose2d_scratch_bytes(const Conv2d& conv, Workers workers) {
  if (const Tiled tiled(conv); tiled.applies()) return tiled.scratch_bytes(workers);
  const Sizes sizes(conv);
  const std::byte packed{};
  return sizes.products_bytes +
         gemm_scratch_bytes(product(sizes, sizes.input_plane, &packed, nullptr, nullptr), workers);
}

void conv_transpose2d(const Conv2d& conv, const float* input, const std::byte* packed_weights, const ConvFinish& finish,
                      float* output, std::byte* scratch, Workers workers) {
  if (const Tiled tiled(conv); tiled.applies()) {
    return tiled.run(input, packed_weights, finish, output, scratch, workers);
  }
  const Sizes sizes(conv);
  auto* products = reinterpret_cast<float*>(scratch);
  for (size_t i = 0; i < conv.batch * conv.groups; ++i) {
    const size_t group = i % conv.groups;
    const float* image = input + i * sizes.channels * sizes.input_plane;
    gemm(product(sizes, sizes.input_plane, packed_weights + group * sizes.packed_bytes, image, products),
         scratch + sizes.products_bytes, workers);
    workers.run(sizes.outputs, 1, [&](size_t m, size_t, unsigned) {
      const float* own_products = products + m * sizes.taps * sizes.input_plane;
      const float bias = finish.bias == nullptr ? 0.0F : finish.bias[group * sizes.outputs + m];
      sum_products(conv, sizes, own_products, bias, finish, output + (i * sizes.outputs + m) * sizes.output_plane);
    });
  }
}

}  // namespace wedge::kernels
