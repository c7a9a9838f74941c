// From sums of products of bytes in registers to bytes and floats. Included once per SIMD target.
#if defined(WEDGE_KERNELS_INTEGER_RESULTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_INTEGER_RESULTS_INL_H_
#undef WEDGE_KERNELS_INTEGER_RESULTS_INL_H_
#else
#define WEDGE_KERNELS_INTEGER_RESULTS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "kernels/integer_finish.h"
#include "kernels/integer_tile.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
/// A row of two vectors at a time; sums have begun with the offsets.
class RowsToFloats {
  using D = hn::ScalableTag<float>;
  using Sums = hn::Vec<hn::ScalableTag<int32_t>>;

 public:
  HWY_INLINE explicit RowsToFloats(const IntegerFinish& f)
      : to_(static_cast<float*>(f.product.c) + f.row * f.product.c_stride + f.column), stride_(f.product.c_stride) {
    const D d;
    const float* bias = f.product.float_bias;
    for (size_t j = 0; j < 2; ++j) {
      scales_[j] = hn::LoadU(d, f.product.scales + f.column + j * hn::MaxLanes(d));
      bias_[j] = bias == nullptr ? hn::Zero(d) : hn::LoadU(d, bias + f.column + j * hn::MaxLanes(d));
    }
    low_ = hn::Set(d, f.product.clamp.low);
    high_ = hn::Set(d, f.product.clamp.high);
  }
  HWY_INLINE void store(size_t row, Sums left, Sums right) const {
    const D d;
    float* to = to_ + row * stride_;
    hn::StoreU(clamp(hn::Add(hn::Mul(hn::ConvertTo(d, left), scales_[0]), bias_[0]), low_, high_), d, to);
    hn::StoreU(clamp(hn::Add(hn::Mul(hn::ConvertTo(d, right), scales_[1]), bias_[1]), low_, high_), d,
               to + hn::MaxLanes(d));
  }

 private:
  float* to_;
  size_t stride_;
  hn::Vec<D> scales_[2], bias_[2], low_, high_;
};

/// Likewise, for sums that scaled_sums_fit(): saturation is left to the narrowing.
class RowsToBytes {
  using D = hn::ScalableTag<float>;
  using Sums = hn::Vec<hn::ScalableTag<int32_t>>;
  using ShortTag = hn::ScalableTag<int16_t>;
  using ByteTag = hn::Rebind<uint8_t, ShortTag>;

 public:
  HWY_INLINE explicit RowsToBytes(const IntegerFinish& f)
      : to_(static_cast<uint8_t*>(f.product.c) + f.row * f.product.c_stride + f.column), stride_(f.product.c_stride) {
    const D d;
    // Signed results are unsigned ones 128 apart.
    const bool is_signed = f.product.result == IntegerResult::i8;
    for (size_t j = 0; j < 2; ++j) scales_[j] = hn::LoadU(d, f.product.scales + f.column + j * hn::MaxLanes(d));
    zero_ = hn::Set(ShortTag(), static_cast<int16_t>(f.product.c_zero + (is_signed ? sign_shift : 0)));
    flip_ = hn::Set(ByteTag(), is_signed ? sign_bit : uint8_t{0});
  }
  HWY_INLINE void store(size_t row, Sums left, Sums right) const {
    const auto shorts = hn::ReorderDemote2To(ShortTag(), scaled(left, scales_[0]), scaled(right, scales_[1]));
    const auto bytes = hn::Xor(hn::DemoteTo(ByteTag(), hn::SaturatedAdd(shorts, zero_)), flip_);
    hn::StoreU(in_order(bytes), ByteTag(), to_ + row * stride_);
  }

 private:
  static HWY_INLINE Sums scaled(Sums sums, hn::Vec<D> scales) {
    return nearest_of_small(hn::Mul(hn::ConvertTo(D(), sums), scales));
  }
  // Two vectors have become one by blocks of four lanes in turns.
  static HWY_INLINE hn::Vec<ByteTag> in_order(hn::Vec<ByteTag> bytes) {
    using FourTag = hn::Repartition<uint32_t, ByteTag>;
    constexpr size_t fours = hn::MaxLanes(FourTag());
    if constexpr (fours == 2) {
      return bytes;
    } else {
      HWY_ALIGN int32_t order[fours];
      for (size_t i = 0; i < fours; ++i) order[i] = static_cast<int32_t>(i % (fours / 2) * 2 + i / (fours / 2));
      const auto table = hn::SetTableIndices(FourTag(), order);
      return hn::BitCast(ByteTag(), hn::TableLookupLanes(hn::BitCast(FourTag(), bytes), table));
    }
  }

  uint8_t* to_;
  size_t stride_;
  hn::Vec<D> scales_[2];
  hn::Vec<ShortTag> zero_;
  hn::Vec<ByteTag> flip_;
};

/// Tiles side by side: whole ones as `Rows` has them, sums that add(tile, sums) adds to; what is left by sum(tile).
template <typename Rows, size_t rows, typename Add, typename Sum>
HWY_INLINE void sum_and_finish_tiles(IntegerTile tile, IntegerFinish finish, const Add& add, const Sum& sum) {
  const hn::ScalableTag<int32_t> d;
  constexpr size_t lanes = hn::MaxLanes(d);
  constexpr size_t tile_columns = 2 * lanes;
  for (size_t left = finish.columns; left > 0; left -= finish.columns) {
    finish.columns = std::min(left, tile_columns);
    if (tile.rows == rows && finish.columns == tile_columns) {
      hn::Vec<decltype(d)> sums[rows][2];
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) {
        sums[i][0] = hn::LoadU(d, finish.offsets);
        sums[i][1] = hn::LoadU(d, finish.offsets + lanes);
      }
      add(tile, sums);
      const Rows to(finish);
      HWY_UNROLL(8) for (size_t i = 0; i < rows; ++i) to.store(i, sums[i][0], sums[i][1]);
    } else {
      sum(tile);
      finish_integer_tile(finish);
    }
    tile.b += tile.panel_bytes;
    if (has_cut_tiles && tile.extras.firsts != nullptr) ++tile.extras.firsts;
    finish.offsets += tile_columns;
    finish.column += tile_columns;
  }
}
#endif

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
