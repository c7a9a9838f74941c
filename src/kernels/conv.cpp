#include "kernels/conv.h"

#include <algorithm>

#include "base/checked.h"
#include "kernels/depthwise.h"
#include "kernels/patches.h"

namespace wedge::kernels {
namespace {

size_t products_per_output(const Conv2d& conv) {
  return channels_per_group(conv) * conv.height.kernel * conv.width.kernel;
}
size_t input_plane(const Conv2d& conv) { return conv.height.input * conv.width.input; }
size_t output_plane(const Conv2d& conv) { return conv.height.output * conv.width.output; }

bool sees_itself(const WindowAxis& axis) {
  return axis.kernel == 1 && axis.stride == 1 && axis.pad == 0 && axis.input == axis.output;
}

// Each image and group is a product: weights x patches. A pointwise convolution's patches are the image itself.
GemmArguments product(const Conv2d& conv, const std::byte* packed_weights, const float* image,
                      const PanelWriter& patches) {
  const size_t pixels = output_plane(conv);
  GemmArguments g{.m = outputs_per_group(conv), .n = pixels, .k = products_per_output(conv)};
  g.packed_a = packed_weights;
  if (sees_itself(conv.height) && sees_itself(conv.width)) {
    g.b = {image, static_cast<ptrdiff_t>(pixels), 1};
  } else {
    g.write_b = &patches;
  }
  g.c_stride = static_cast<ptrdiff_t>(pixels);
  return g;
}

size_t packed_group_bytes(const Conv2d& conv) {
  return gemm_packed_a_bytes(outputs_per_group(conv), products_per_output(conv));
}

// Many small products go to one worker each; few are cut up inside.
bool splits_by_product(const Conv2d& conv, Workers workers) {
  return conv.batch * conv.groups >= size_t{4} * workers.count();
}

}  // namespace

size_t conv2d_packed_weights_bytes(const Conv2d& conv) {
  if (is_depthwise(conv)) return conv.channels * conv.height.kernel * conv.width.kernel * sizeof(float);
  return saturating_bytes(packed_group_bytes(conv), conv.groups);
}

void conv2d_pack_weights(const Conv2d& conv, const float* weights, std::byte* packed) {
  if (is_depthwise(conv)) {
    std::copy_n(weights, conv2d_packed_weights_bytes(conv) / sizeof(float), reinterpret_cast<float*>(packed));
    return;
  }
  const size_t rows = outputs_per_group(conv);
  const size_t columns = products_per_output(conv);
  for (size_t group = 0; group < conv.groups; ++group) {
    gemm_pack_a({weights + group * rows * columns, static_cast<ptrdiff_t>(columns), 1}, rows, columns,
                packed + group * packed_group_bytes(conv));
  }
}

size_t conv2d_scratch_bytes(const Conv2d& conv, Workers workers) {
  if (is_depthwise(conv)) return depthwise_conv2d_scratch_bytes(conv, workers);
  const PatchWriter writer(conv, nullptr);
  const std::byte packed{};
  const PanelWriter patches = writer;
  const GemmArguments g = product(conv, &packed, nullptr, patches);
  if (!splits_by_product(conv, workers)) return gemm_scratch_bytes(g, workers);
  return round_up(gemm_scratch_bytes(g, Workers()), 64) * workers.count();
}

void conv2d(const Conv2d& conv, const float* input, const std::byte* packed_weights, const float* bias, Clamp clamp,
            float* output, std::byte* scratch, Workers workers) {
  if (is_depthwise(conv)) {
    const auto* weights = reinterpret_cast<const float*>(packed_weights);
    depthwise_conv2d(conv, input, weights, bias, clamp, output, scratch, workers);
    return;
  }
  const auto multiply = [&](size_t image_and_group, std::byte* own_scratch, Workers own_workers) {
    const size_t group = image_and_group % conv.groups;
    const float* image = input + image_and_group * channels_per_group(conv) * input_plane(conv);
    const PatchWriter writer(conv, image);
    const PanelWriter patches = writer;
    GemmArguments g = product(conv, packed_weights + group * packed_group_bytes(conv), image, patches);
    g.c = output + image_and_group * outputs_per_group(conv) * output_plane(conv);
    g.row_bias = bias == nullptr ? nullptr : bias + group * outputs_per_group(conv);
    g.clamp = clamp;
    gemm(g, own_scratch, own_workers);
  };
  const size_t products = conv.batch * conv.groups;
  if (!splits_by_product(conv, workers)) {
    for (size_t i = 0; i < products; ++i) multiply(i, scratch, workers);
    return;
  }
  const size_t scratch_per_worker = conv2d_scratch_bytes(conv, workers) / workers.count();
  workers.run(products, 1, [&](size_t begin, size_t, unsigned worker) {
    multiply(begin, scratch + worker * scratch_per_worker, Workers());
  });
}

}  // namespace wedge::kernels
