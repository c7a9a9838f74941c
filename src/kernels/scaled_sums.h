// Whether sums of products of bytes may be rounded without looking at each.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace wedge::kernels {

/// True when sums of `products` products of an unsigned and a signed byte, begun at any of the offsets, are within
/// 2^22 once they are multiplied by any of the scales; `columns` of each.
inline bool scaled_sums_fit(size_t products, const int32_t* offsets, const float* scales, size_t columns) {
  uint32_t offset = 0;
  uint32_t scale = 0;
  for (size_t i = 0; i < columns; ++i) {
    const auto number = static_cast<uint32_t>(offsets[i]);
    offset = std::max(offset, offsets[i] < 0 ? 0U - number : number);
    // Magnitudes of floats are in the order of their bits; NaN is above all.
    scale = std::max(scale, std::bit_cast<uint32_t>(scales[i]) & 0x7FFFFFFFU);
  }
  constexpr double largest_product = 255 * 128;
  // As large as nearest_of_small() takes.
  constexpr double limit = size_t{1} << 22U;
  const double sum = static_cast<double>(offset) + static_cast<double>(products) * largest_product;
  return sum * static_cast<double>(std::bit_cast<float>(scale)) < limit;
}

}  // namespace wedge::kernels
