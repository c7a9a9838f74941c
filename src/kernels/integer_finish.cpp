#include "kernels/integer_finish.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/integer_finish.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

using IntTag = hn::ScalableTag<int32_t>;
using FloatTag = hn::ScalableTag<float>;
using Wide = hn::Vec<IntTag>;
inline constexpr size_t lanes = hn::MaxLanes(IntTag());

// v[i][j] = sum + offset[j] - row_sum[i] * b_zero[j], `count` of a vector's lanes at a time.
HWY_INLINE Wide corrected(const IntegerFinish& f, size_t row, size_t j, size_t count) {
  const IntTag d;
  const auto load = [&](const int32_t* from)
                        HWY_ATTR { return count >= lanes ? hn::LoadU(d, from) : load_first(d, from, count); };
  Wide value = hn::Add(hn::LoadU(d, f.sums + row * f.sums_stride + j), load(f.offsets + j));
  if (f.row_sums != nullptr) value = hn::Sub(value, hn::Mul(hn::Set(d, f.row_sums[row]), load(f.b_zeros + j)));
  return value;
}

template <typename Emit>
HWY_INLINE void for_each_vector(const IntegerFinish& f, const Emit& emit) {
  for (size_t row = 0; row < f.rows; ++row) {
    if (f.columns == 2 * lanes) {
      emit(row, 0, lanes, corrected(f, row, 0, lanes));
      emit(row, lanes, lanes, corrected(f, row, lanes, lanes));
      continue;
    }
    for (size_t j = 0; j < f.columns; j += lanes) {
      const size_t count = f.columns - j;
      emit(row, j, std::min(count, lanes), corrected(f, row, j, count));
    }
  }
}

void finish_sums(const IntegerFinish& f) {
  const IntTag d;
  auto* c = static_cast<int32_t*>(f.product.c) + f.row * f.product.c_stride + f.column;
  for_each_vector(f, [&](size_t row, size_t j, size_t count, Wide value) HWY_ATTR {
    int32_t* to = c + row * f.product.c_stride + j;
    if (count == lanes) {
      hn::StoreU(value, d, to);
    } else {
      store_first(value, d, to, count);
    }
  });
}

void finish_floats(const IntegerFinish& f) {
  const FloatTag d;
  auto* c = static_cast<float*>(f.product.c) + f.row * f.product.c_stride + f.column;
  const float* scales = f.product.scales + f.column;
  const float* bias = f.product.float_bias == nullptr ? nullptr : f.product.float_bias + f.column;
  const auto low = hn::Set(d, f.product.clamp.low);
  const auto high = hn::Set(d, f.product.clamp.high);
  const bool clamped = f.product.clamp.active();
  for_each_vector(f, [&](size_t row, size_t j, size_t count, Wide value) HWY_ATTR {
    const auto load = [&](const float* from)
                          HWY_ATTR { return count == lanes ? hn::LoadU(d, from) : load_first(d, from, count); };
    auto result = hn::Mul(hn::ConvertTo(d, value), load(scales + j));
    if (bias != nullptr) result = hn::Add(result, load(bias + j));
    if (clamped) result = clamp(result, low, high);
    float* to = c + row * f.product.c_stride + j;
    if (count == lanes) {
      hn::StoreU(result, d, to);
    } else {
      store_first(result, d, to, count);
    }
  });
}

template <typename T>
void finish_bytes(const IntegerFinish& f) {
  const FloatTag d;
  auto* c = static_cast<T*>(f.product.c) + f.row * f.product.c_stride + f.column;
  const float* scales = f.product.scales + f.column;
  // Bounds before the zero point is added keep the conversion to integers inside its range.
  const auto zero = static_cast<float>(f.product.c_zero);
  const auto low = hn::Set(d, static_cast<float>(std::numeric_limits<T>::lowest()) - zero);
  const auto high = hn::Set(d, static_cast<float>(std::numeric_limits<T>::max()) - zero);
  const auto shift = hn::Set(IntTag(), f.product.c_zero);
  const auto scaled = [&](Wide value, hn::Vec<FloatTag> factor) HWY_ATTR {
    const auto bounded = hn::Min(hn::Max(hn::Mul(hn::ConvertTo(d, value), factor), low), high);
    return hn::Add(nearest_of_small(bounded), shift);
  };
#if HWY_TARGET != HWY_SCALAR
  if constexpr (lanes == 4) {
    if (f.columns == 2 * lanes) {
      const hn::FixedTag<T, 2 * lanes> bytes;
      const auto left = hn::LoadU(d, scales);
      const auto right = hn::LoadU(d, scales + lanes);
      for (size_t row = 0; row < f.rows; ++row, c += f.product.c_stride) {
        const auto shorts =
            hn::ReorderDemote2To(hn::FixedTag<int16_t, 2 * lanes>(), scaled(corrected(f, row, 0, lanes), left),
                                 scaled(corrected(f, row, lanes, lanes), right));
        hn::StoreU(hn::DemoteTo(bytes, shorts), bytes, c);
      }
      return;
    }
  }
#endif
  const hn::Rebind<T, FloatTag> narrow;
  for_each_vector(f, [&](size_t row, size_t j, size_t count, Wide value) HWY_ATTR {
    const auto factor = count == lanes ? hn::LoadU(d, scales + j) : load_first(d, scales + j, count);
    const auto result = hn::DemoteTo(narrow, scaled(value, factor));
    T* to = c + row * f.product.c_stride + j;
    if (count == lanes) {
      hn::StoreU(result, narrow, to);
    } else {
      store_first(result, narrow, to, count);
    }
  });
}

void finish_u8(const IntegerFinish& f) { finish_bytes<uint8_t>(f); }
void finish_i8(const IntegerFinish& f) { finish_bytes<int8_t>(f); }

int32_t sum_row(const uint8_t* from, size_t count, uint8_t flip) {
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<uint8_t>(from[i] ^ flip);
  return static_cast<int32_t>(sum);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {
namespace {

HWY_EXPORT(finish_sums);
HWY_EXPORT(finish_floats);
HWY_EXPORT(finish_u8);
HWY_EXPORT(finish_i8);
HWY_EXPORT(sum_row);

}  // namespace

bool set_integer_columns(const IntegerProduct& product, size_t padded_columns, int32_t* offsets, int32_t* zeros) {
  const int32_t* column_sums = reinterpret_cast<const int32_t*>(product.packed_b + IntegerPackedB::sums_at);
  const bool a_is_signed = IntegerPackedB::kind_of(product.packed_b).a_is_signed;
  const int32_t shift = product.a_is_signed == a_is_signed ? 0 : (a_is_signed ? -sign_shift : sign_shift);
  const auto a_zero = static_cast<uint32_t>(product.a_zero + shift);
  const auto count = static_cast<uint32_t>(product.taps * product.depth);
  bool has_zeros = false;
  std::fill(offsets + product.n, offsets + padded_columns, 0);
  for (size_t j = 0; j < product.n; ++j) {
    const int32_t zero = (product.b_zeros == nullptr ? 0 : product.b_zeros[j]) - (product.b_is_signed ? 0 : sign_shift);
    zeros[j] = zero;
    has_zeros |= zero != 0;
    const uint32_t bias = product.bias == nullptr ? 0 : static_cast<uint32_t>(product.bias[j]);
    offsets[j] = static_cast<int32_t>(bias - a_zero * static_cast<uint32_t>(column_sums[j]) +
                                      count * a_zero * static_cast<uint32_t>(zero));
  }
  return has_zeros;
}

void sum_integer_rows(const IntegerProduct& product, size_t rows, const std::byte* const* pixels, int32_t* sums) {
  // Signed bytes are summed as unsigned ones 128 apart.
  const uint8_t to_unsigned = product.a_is_signed ? sign_bit : 0;
  const bool are_signed = IntegerPackedB::kind_of(product.packed_b).a_is_signed;
  const uint32_t excess = are_signed ? static_cast<uint32_t>(sign_shift * product.taps * product.depth) : 0;
  for (size_t i = 0; i < rows; ++i) {
    uint32_t sum = 0U - excess;
    for (size_t tap = 0; tap < product.taps; ++tap) {
      const auto* from = reinterpret_cast<const uint8_t*>(pixels[tap * most_integer_rows + i]);
      sum += static_cast<uint32_t>(HWY_DYNAMIC_DISPATCH(sum_row)(from, product.depth, to_unsigned));
    }
    sums[i] = static_cast<int32_t>(sum);
  }
}

void finish_integer_tile(const IntegerFinish& finish) {
  switch (finish.product.result) {
    case IntegerResult::sums: return HWY_DYNAMIC_DISPATCH(finish_sums)(finish);
    case IntegerResult::floats: return HWY_DYNAMIC_DISPATCH(finish_floats)(finish);
    case IntegerResult::u8: return HWY_DYNAMIC_DISPATCH(finish_u8)(finish);
    case IntegerResult::i8: return HWY_DYNAMIC_DISPATCH(finish_i8)(finish);
  }
}

}  // namespace wedge::kernels
#endif
