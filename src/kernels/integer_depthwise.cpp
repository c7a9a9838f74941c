#include "kernels/integer_depthwise.h"

#include <algorithm>

#include "base/checked.h"
#include "kernels/integer_depthwise_dots.h"
#include "kernels/integer_depthwise_pairs.h"
#include "kernels/scaled_sums.h"
#include "kernels/tap_range.h"

namespace wedge::kernels {
namespace {

size_t taps_of(const Conv2d& conv) { return conv.height.kernel * conv.width.kernel; }

// How many neighbours along an axis so many outputs see, those of the padding among them.
size_t seen_of(const WindowAxis& axis, size_t outputs) {
  return outputs == 0 ? 0 : (outputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1;
}

// The pixels that a row of outputs sees in a row of the image; the last of an odd number of outputs reads one more.
size_t table_columns(const Conv2d& conv) { return seen_of(conv.width, conv.width.output) + 1; }

bool packs_dots(const IntegerConv& conv) {
  return vnni_depthwise() != nullptr && conv.conv.channels >= DepthwiseDots::block &&
         (conv.result == IntegerResult::u8 || conv.result == IntegerResult::i8);
}

// The sums of the channels' weights, then the weights.
size_t dot_sums_bytes(const DepthwiseDots& dots) { return round_up(dots.channels * sizeof(int32_t), 64); }

void pack_dots(const IntegerConv& conv, const std::byte* weights, std::byte* packed) {
  const DepthwiseDots dots(conv.conv);
  auto* sums = reinterpret_cast<int32_t*>(packed);
  std::byte* to = packed + dot_sums_bytes(dots);
  std::fill_n(to, dots.bytes(), std::byte{0});
  for (size_t block = 0; block < dots.blocks; ++block) {
    for (size_t i = 0; i < DepthwiseDots::block; ++i) {
      const size_t channel = dots.first_channel(block) + i;
      sums[channel] = 0;
      for (size_t tap = 0; tap < dots.taps; ++tap) {
        const std::byte weight =
            weights[channel * dots.taps + tap] ^ std::byte{conv.w_is_signed ? uint8_t{0} : sign_bit};
        sums[channel] += static_cast<int8_t>(weight);
        to[dots.place(block, i, tap)] = weight;
        if (dots.is_shared) to[dots.place(block, i, tap, true)] = weight;
      }
    }
  }
}

// Dot products know signed weights whose zero points are 0.
bool suits_dots(const IntegerConv& conv, const IntegerConvOperands& operands) {
  if (operands.w_zeros == nullptr) return conv.w_is_signed;
  const int32_t zero = conv.w_is_signed ? 0 : sign_shift;
  return std::all_of(operands.w_zeros, operands.w_zeros + conv.conv.channels, [&](int32_t z) { return z == zero; });
}

struct DotScratch {
  size_t columns, padding_bytes, offset_bytes, tap_bytes, table_bytes;

  explicit DotScratch(const Conv2d& conv)
      : columns(table_columns(conv)),
        padding_bytes(round_up(conv.channels, 64)),
        offset_bytes(round_up(conv.channels * sizeof(int32_t), 64)),
        tap_bytes(round_up(taps_of(conv), 4) * sizeof(size_t)),
        table_bytes(round_up(conv.height.kernel * columns * sizeof(std::byte*), 64)) {}
  [[nodiscard]] size_t bytes(Workers workers) const {
    return padding_bytes + offset_bytes + round_up(tap_bytes, 64) + table_bytes * workers.count();
  }
};

size_t rows_per_block(const Conv2d& shape) {
  return 1 + 16384 / (shape.width.output * shape.channels * taps_of(shape) + 1);
}

// Runs filter(image, first, last, worker) over all rows of outputs, so many at a time.
template <typename Filter>
void for_rows(const Conv2d& shape, size_t rows, Workers workers, const Filter& filter) {
  const size_t blocks = ceil_div(shape.height.output, rows);
  workers.run(shape.batch * blocks, 1, [&](size_t block, size_t, unsigned worker) {
    const size_t first = block % blocks * rows;
    filter(block / blocks, first, std::min(shape.height.output, first + rows), worker);
  });
}

size_t image_elements(const Conv2d& shape) { return shape.height.input * shape.width.input * shape.channels; }
size_t output_elements(const Conv2d& shape) { return shape.height.output * shape.width.output * shape.channels; }

// False, and nothing done, when sums may be too large for it.
bool convolve_by_dots(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch,
                      Workers workers) {
  const Conv2d& shape = conv.conv;
  const DepthwiseDots dots(shape);
  const DotScratch parts(shape);
  std::byte* padding = scratch;
  auto* offsets = reinterpret_cast<int32_t*>(padding + parts.padding_bytes);
  auto* tap_columns = reinterpret_cast<size_t*>(padding + parts.padding_bytes + parts.offset_bytes);
  std::byte* tables = padding + parts.padding_bytes + parts.offset_bytes + round_up(parts.tap_bytes, 64);
  std::fill_n(padding, shape.channels, static_cast<std::byte>(operands.x_zero & 0xFF));
  const auto zero = static_cast<uint32_t>(operands.x_zero + (conv.x_is_signed ? sign_shift : 0));
  const auto* sums = reinterpret_cast<const int32_t*>(operands.packed_w);
  for (size_t channel = 0; channel < shape.channels; ++channel) {
    const uint32_t bias = operands.bias == nullptr ? 0 : static_cast<uint32_t>(operands.bias[channel]);
    offsets[channel] = static_cast<int32_t>(bias - zero * static_cast<uint32_t>(sums[channel]));
  }
  if (!scaled_sums_fit(dots.taps, offsets, operands.scales, shape.channels)) return false;
  for (size_t i = 0; i < round_up(dots.taps, 4); ++i) {
    const size_t tap = std::min(i, dots.taps - 1);
    tap_columns[i] = tap / dots.width * parts.columns + tap % dots.width * shape.width.dilation;
  }
  for_rows(shape, rows_per_block(shape), workers, [&](size_t image, size_t first, size_t last, unsigned worker) {
    vnni_depthwise()({.conv = conv,
                      .dots = dots,
                      .operands = operands,
                      .image = operands.x + image * image_elements(shape),
                      .weights = operands.packed_w + dot_sums_bytes(dots),
                      .padding = padding,
                      .offsets = offsets,
                      .tap_columns = tap_columns,
                      .column_count = parts.columns,
                      .columns = reinterpret_cast<const std::byte**>(tables + worker * parts.table_bytes),
                      .output = static_cast<std::byte*>(operands.y) + image * output_elements(shape),
                      .first = first,
                      .last = last});
  });
  return true;
}

size_t pair_sums_bytes(const DepthwisePairs& pairs) { return round_up(pairs.channels * sizeof(int32_t), 64); }

// The sums of the channels' weights, then the weights.
void pack_pairs(const IntegerConv& conv, const std::byte* weights, std::byte* packed) {
  const DepthwisePairs pairs(conv.conv);
  auto* sums = reinterpret_cast<int32_t*>(packed);
  auto* to = reinterpret_cast<int16_t*>(packed + pair_sums_bytes(pairs));
  std::fill_n(to, pairs.weights(), int16_t{0});
  for (size_t channel = 0; channel < pairs.channels; ++channel) {
    sums[channel] = 0;
    for (size_t tap = 0; tap < pairs.height * pairs.width; ++tap, ++weights) {
      const int32_t weight = conv.w_is_signed ? int32_t{static_cast<int8_t>(*weights)} : static_cast<uint8_t>(*weights);
      sums[channel] += weight;
      to[pairs.place(channel, tap / pairs.width, tap % pairs.width)] = static_cast<int16_t>(weight);
    }
  }
}

// Weights packed as dots, as pairs.
void pairs_from_dots(const IntegerConv& conv, const std::byte* packed, int16_t* to) {
  const DepthwiseDots dots(conv.conv);
  const DepthwisePairs pairs(conv.conv);
  const int32_t shift = conv.w_is_signed ? 0 : sign_shift;
  std::fill_n(to, pairs.weights(), int16_t{0});
  for (size_t channel = 0; channel < dots.channels; ++channel) {
    const size_t block = channel / DepthwiseDots::block;
    const size_t i = channel - dots.first_channel(block);
    for (size_t tap = 0; tap < dots.taps; ++tap) {
      const auto weight = static_cast<int8_t>(packed[dot_sums_bytes(dots) + dots.place(block, i, tap)]);
      to[pairs.place(channel, tap / dots.width, tap % dots.width)] = static_cast<int16_t>(weight + shift);
    }
  }
}

struct PairScratch {
  DepthwisePairs pairs;
  size_t rows;  ///< of outputs, at a time
  size_t weight_bytes, number_bytes, pixel_bytes, row_bytes, image_bytes;

  explicit PairScratch(const Conv2d& conv)
      : pairs(conv),
        // The rows of the image that two blocks see are copied twice.
        rows(std::clamp<size_t>(conv.height.output, 1, std::max<size_t>(4, rows_per_block(conv)))),
        weight_bytes(round_up(pairs.weights() * sizeof(int16_t), 64)),
        number_bytes(round_up(pairs.padded_channels() * sizeof(int32_t), 64)),
        pixel_bytes(pairs.padded_channels()),
        row_bytes(seen_of(conv.width, conv.width.output) * pixel_bytes),
        image_bytes(round_up(seen_of(conv.height, rows) * row_bytes, 64)) {}
  [[nodiscard]] size_t bytes(Workers workers) const {
    return weight_bytes + 2 * number_bytes + image_bytes * workers.count();
  }
};

// The rows that the outputs [first, last) see, as unsigned bytes, with their padding.
void copy_rows(const IntegerConv& conv, const PairScratch& parts, const std::byte* image, std::byte padding,
               size_t first, size_t last, std::byte* to) {
  const Conv2d& shape = conv.conv;
  const size_t line = shape.width.input * shape.channels;
  const auto flip = std::byte{conv.x_is_signed ? sign_bit : uint8_t{0}};
  const auto columns = static_cast<ptrdiff_t>(parts.row_bytes / parts.pixel_bytes);
  const ptrdiff_t begin = std::clamp<ptrdiff_t>(shape.width.pad, 0, columns);
  const ptrdiff_t end = std::clamp(shape.width.pad + static_cast<ptrdiff_t>(shape.width.input), begin, columns);
  const ptrdiff_t top = window_start(shape.height, first);
  const size_t count = seen_of(shape.height, last - first);
  for (size_t i = 0; i < count; ++i, to += parts.row_bytes) {
    const ptrdiff_t row = top + static_cast<ptrdiff_t>(i);
    const bool is_inside = row >= 0 && row < static_cast<ptrdiff_t>(shape.height.input);
    const ptrdiff_t stop = is_inside ? end : begin;
    std::byte* pixel = std::fill_n(to, static_cast<size_t>(begin) * parts.pixel_bytes, padding);
    for (ptrdiff_t column = begin; column < stop; ++column, pixel += parts.pixel_bytes) {
      const std::byte* from =
          image + static_cast<size_t>(row) * line + static_cast<size_t>(column - shape.width.pad) * shape.channels;
      std::transform(from, from + shape.channels, pixel, [&](std::byte byte) { return byte ^ flip; });
    }
    std::fill_n(pixel, static_cast<size_t>(columns - stop) * parts.pixel_bytes, padding);
  }
}

// Weights less their zero points, and what sums start from; weights that are not as packed go to `scratch`.
const int16_t* prepare_pairs(const IntegerConv& conv, const IntegerConvOperands& operands, int32_t x_zero,
                             const DepthwisePairs& pairs, int16_t* scratch, int32_t* offsets) {
  const auto* sums = reinterpret_cast<const int32_t*>(operands.packed_w);
  const bool from_dots = packs_dots(conv);
  const bool has_zeros = operands.w_zeros != nullptr && std::any_of(operands.w_zeros, operands.w_zeros + pairs.channels,
                                                                    [](int32_t zero) { return zero != 0; });
  const int16_t* weights = scratch;
  if (from_dots) {
    pairs_from_dots(conv, operands.packed_w, scratch);
  } else {
    weights = reinterpret_cast<const int16_t*>(operands.packed_w + pair_sums_bytes(pairs));
    if (has_zeros) weights = std::copy_n(weights, pairs.weights(), scratch) - pairs.weights();
  }
  const auto taps = static_cast<int32_t>(pairs.height * pairs.width);
  const int32_t shift = from_dots && !conv.w_is_signed ? sign_shift : 0;
  for (size_t channel = 0; channel < pairs.channels; ++channel) {
    const int32_t zero = has_zeros ? operands.w_zeros[channel] : 0;
    for (size_t tap = 0; zero != 0 && tap < pairs.height * pairs.width; ++tap) {
      scratch[pairs.place(channel, tap / pairs.width, tap % pairs.width)] -= static_cast<int16_t>(zero);
    }
    const uint32_t bias = operands.bias == nullptr ? 0 : static_cast<uint32_t>(operands.bias[channel]);
    const int32_t sum = sums[channel] + (shift - zero) * taps;
    offsets[pairs.order(channel)] = static_cast<int32_t>(bias - static_cast<uint32_t>(x_zero * sum));
  }
  return weights;
}

void convolve_by_pairs(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch,
                       Workers workers) {
  const Conv2d& shape = conv.conv;
  const PairScratch parts(shape);
  auto* offsets = reinterpret_cast<int32_t*>(scratch + parts.weight_bytes);
  auto* scales = reinterpret_cast<float*>(scratch + parts.weight_bytes + parts.number_bytes);
  std::byte* images = scratch + parts.weight_bytes + 2 * parts.number_bytes;
  const int32_t x_zero = operands.x_zero + (conv.x_is_signed ? sign_shift : 0);
  std::fill_n(offsets, parts.pairs.padded_channels(), 0);
  std::fill_n(scales, parts.pairs.padded_channels(), 0.0F);
  const int16_t* weights =
      prepare_pairs(conv, operands, x_zero, parts.pairs, reinterpret_cast<int16_t*>(scratch), offsets);
  for (size_t channel = 0; operands.scales != nullptr && channel < shape.channels; ++channel) {
    scales[parts.pairs.order(channel)] = operands.scales[channel];
  }
  const size_t result_bytes = conv.result == IntegerResult::sums ? sizeof(int32_t) : 1;
  for_rows(shape, parts.rows, workers, [&](size_t image, size_t first, size_t last, unsigned worker) {
    std::byte* padded = images + worker * parts.image_bytes;
    copy_rows(conv, parts, operands.x + image * image_elements(shape), static_cast<std::byte>(x_zero), first, last,
              padded);
    depthwise_pairs({.conv = conv,
                     .pairs = parts.pairs,
                     .weights = weights,
                     .offsets = offsets,
                     .scales = scales,
                     .y_zero = operands.y_zero,
                     .image = padded,
                     .row_bytes = parts.row_bytes,
                     .pixel_bytes = parts.pixel_bytes,
                     .output = static_cast<std::byte*>(operands.y) + image * output_elements(shape) * result_bytes,
                     .first = first,
                     .last = last});
  });
}

}  // namespace

bool suits_integer_depthwise(const IntegerConv& conv) {
  // Sums of so many products stay within 32 bits.
  constexpr size_t most_taps = 16384;
  // Pads out of proportion are not worth copies of rows or tables of pixels.
  const auto suits = [](const WindowAxis& axis) { return seen_of(axis, axis.output) <= 4 * axis.input + 4096; };
  return taps_of(conv.conv) <= most_taps && conv.result != IntegerResult::floats && suits(conv.conv.height) &&
         suits(conv.conv.width);
}

size_t integer_depthwise_packed_bytes(const IntegerConv& conv) {
  if (packs_dots(conv)) {
    const DepthwiseDots dots(conv.conv);
    return dot_sums_bytes(dots) + dots.bytes();
  }
  const DepthwisePairs pairs(conv.conv);
  return pair_sums_bytes(pairs) + pairs.weights() * sizeof(int16_t);
}

void integer_depthwise_pack(const IntegerConv& conv, const std::byte* weights, std::byte* packed) {
  if (packs_dots(conv)) return pack_dots(conv, weights, packed);
  pack_pairs(conv, weights, packed);
}

size_t integer_depthwise_scratch_bytes(const IntegerConv& conv, Workers workers) {
  const size_t of_pairs = PairScratch(conv.conv).bytes(workers);
  return packs_dots(conv) ? std::max(of_pairs, DotScratch(conv.conv).bytes(workers)) : of_pairs;
}

void integer_depthwise_conv2d(const IntegerConv& conv, const IntegerConvOperands& operands, std::byte* scratch,
                              Workers workers) {
  if (output_elements(conv.conv) == 0) return;
  if (packs_dots(conv) && suits_dots(conv, operands) && convolve_by_dots(conv, operands, scratch, workers)) return;
  convolve_by_pairs(conv, operands, scratch, workers);
}

}  // namespace wedge::kernels
