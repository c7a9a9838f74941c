#include "kernels/integer_conv.h"

#include <algorithm>

#include "base/checked.h"
#include "kernels/conv_pixels.h"
#include "kernels/depthwise.h"
#include "kernels/integer_depthwise.h"
#include "kernels/integer_tile.h"
#include "kernels/integer_winograd.h"

namespace wedge::kernels {
namespace {

size_t output_pixels(const Conv2d& conv) { return conv.height.output * conv.width.output; }
size_t result_width(IntegerResult result) {
  return result == IntegerResult::sums || result == IntegerResult::floats ? sizeof(int32_t) : 1;
}

size_t packed_group_bytes(const Conv2d& conv) {
  return round_up(integer_packed_bytes(Taps(conv).count, Taps(conv).depth, outputs_per_group(conv)), 64);
}

// A pixel of padding, or all images with their padding.
size_t padding_bytes(const Conv2d& conv) {
  return round_up(widens(conv) ? conv.batch * PaddedImage(conv).elements() : channels_per_group(conv), 64);
}

IntegerProduct product_of(const IntegerConv& conv) {
  IntegerProduct g{.m = output_pixels(conv.conv),
                   .n = outputs_per_group(conv.conv),
                   .taps = Taps(conv.conv).count,
                   .depth = Taps(conv.conv).depth,
                   .a_is_signed = conv.x_is_signed,
                   .b_is_signed = conv.w_is_signed,
                   .result = conv.result,
                   .clamp = {}};
  g.c_stride = conv.conv.output_channels;
  // Behind the padded images lies the scratch of the product.
  g.a_has_slack = widens(conv.conv);
  return g;
}

// The product of a group, for the first image.
IntegerProduct product_of(const IntegerConv& conv, const IntegerConvOperands& operands, size_t group) {
  const size_t first = group * outputs_per_group(conv.conv);
  IntegerProduct g = product_of(conv);
  g.a_zero = operands.x_zero;
  g.packed_b = operands.packed_w + group * packed_group_bytes(conv.conv);
  if (operands.w_zeros != nullptr) g.b_zeros = operands.w_zeros + first;
  if (operands.bias != nullptr) g.bias = operands.bias + first;
  if (operands.scales != nullptr) g.scales = operands.scales + first;
  g.c_zero = operands.y_zero;
  g.c = static_cast<std::byte*>(operands.y) + first * result_width(conv.result);
  return g;
}

// Every output sees the pixel at its own place alone.
bool is_product(const Conv2d& conv) {
  const auto sees_one = [](const WindowAxis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.pad == 0 && axis.output <= axis.input;
  };
  return sees_one(conv.height) && sees_one(conv.width) && conv.width.output == conv.width.input;
}

bool is_vector_depthwise(const IntegerConv& conv) {
  return is_depthwise(conv.conv) && conv.conv.channels > 1 && suits_integer_depthwise(conv);
}

}  // namespace

std::string_view integer_conv_method(const IntegerConv& conv) {
  if (is_depthwise(conv.conv)) return "integer_conv_depthwise";
  return suits_integer_winograd(conv.conv) ? "integer_conv_winograd" : "integer_conv";
}

std::string_view integer_conv_form(const IntegerConv& conv) {
  if (is_vector_depthwise(conv)) return "depthwise";
  if (integer_tile_kind().cuts_pairs && suits_integer_winograd(conv.conv)) return "pairs";
  return widens(conv.conv) ? "rows" : "taps";
}

size_t integer_conv_packed_bytes(const IntegerConv& conv) {
  if (is_vector_depthwise(conv)) return integer_depthwise_packed_bytes(conv);
  return saturating_bytes(packed_group_bytes(conv.conv), conv.conv.groups);
}

void integer_conv_pack(const IntegerConv& conv, const std::byte* weights, std::byte* packed) {
  if (is_vector_depthwise(conv)) return integer_depthwise_pack(conv, weights, packed);
  const Conv2d& shape = conv.conv;
  const size_t channels = channels_per_group(shape);
  const size_t outputs = outputs_per_group(shape);
  const size_t window = shape.height.kernel * shape.width.kernel;
  for (size_t group = 0; group < shape.groups; ++group) {
    IntegerMatrix matrix{.data = weights + group * outputs * channels * window,
                         .is_signed = conv.w_is_signed,
                         .taps = Taps(shape).count,
                         .depth = Taps(shape).depth,
                         .n = outputs,
                         .tap_stride = 1,
                         .row_stride = static_cast<ptrdiff_t>(window),
                         .column_stride = static_cast<ptrdiff_t>(window * channels),
                         .for_pairs = suits_integer_winograd(shape)};
    if (widens(shape)) {
      matrix.tap_stride = static_cast<ptrdiff_t>(shape.width.kernel);
      matrix.inner = channels;
      matrix.outer_stride = 1;
    }
    integer_pack(matrix, packed + group * packed_group_bytes(shape));
  }
}

size_t integer_conv_scratch_bytes(const IntegerConv& conv, Workers workers) {
  if (is_vector_depthwise(conv)) return integer_depthwise_scratch_bytes(conv, workers);
  const size_t direct = padding_bytes(conv.conv) + integer_scratch_bytes(product_of(conv), workers);
  return suits_integer_winograd(conv.conv) ? std::max(direct, integer_winograd_scratch_bytes(conv.conv, workers))
                                           : direct;
}

void integer_conv2d(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch, Workers workers) {
  if (is_vector_depthwise(conv)) return integer_depthwise_conv2d(conv, operands, scratch, workers);
  const Conv2d& shape = conv.conv;
  if (suits_integer_winograd(conv.conv) &&
      integer_winograd_conv2d(shape, operands.x, product_of(conv, operands, 0), scratch, workers)) {
    return;
  }
  const auto padding = static_cast<std::byte>(operands.x_zero & 0xFF);
  const PaddedImage padded(shape);
  const size_t image_bytes = shape.height.input * shape.width.input * shape.channels;
  if (!widens(shape)) std::fill_n(scratch, channels_per_group(shape), padding);
  for (size_t i = 0; i < shape.batch * shape.groups; ++i) {
    const size_t image = i / shape.groups;
    const size_t group = i % shape.groups;
    const std::byte* from = operands.x + image * image_bytes + group * channels_per_group(shape);
    if (widens(shape)) {
      std::byte* copy = scratch + image * padded.elements();
      pad_image(shape, padded, from, padding, copy, workers);
      from = copy;
    }
    IntegerProduct g = product_of(conv, operands, group);
    g.c =
        static_cast<std::byte*>(g.c) + image * output_pixels(shape) * shape.output_channels * result_width(conv.result);
    const auto multiply = [&](IntegerRows rows) { integer_gemm(g, rows, scratch + padding_bytes(shape), workers); };
    if (is_product(shape)) {
      multiply(MatrixRows{from, shape.channels});
    } else if (widens(shape)) {
      multiply([&](size_t first, size_t rows, const std::byte** pointers) {
        find_padded_pixels(shape, padded, from, most_integer_rows, first, rows, pointers);
      });
    } else {
      multiply([&](size_t first, size_t rows, const std::byte** pointers) {
        find_pixels<std::byte>(shape, from, scratch, most_integer_rows, first, rows, pointers);
      });
    }
  }
}

}  // namespace wedge::kernels
