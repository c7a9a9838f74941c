// Loads and stores of part of a vector that touch no memory past it. Included once per SIMD target.
#if defined(WEDGE_KERNELS_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WEDGE_KERNELS_VECTOR_INL_H_
#undef WEDGE_KERNELS_VECTOR_INL_H_
#else
#define WEDGE_KERNELS_VECTOR_INL_H_
#endif

#include <hwy/highway.h>

#include <cstring>
#include <type_traits>

#include "kernels/relaxed-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Of a lambda: what is not inlined would have its captured vectors in memory.
#undef WEDGE_INLINE
#define WEDGE_INLINE HWY_ATTR __attribute__((always_inline))

#undef WEDGE_MASKED_MEMORY
// Only AVX2, for lanes of 32 bits and more, and AVX-512 promise that masked-off lanes cause no fault.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
#define WEDGE_MASKED_MEMORY 1
#else
#define WEDGE_MASKED_MEMORY 0
#endif
template <typename T>
inline constexpr bool has_masked_memory = WEDGE_MASKED_MEMORY != 0 && (sizeof(T) >= 4 || HWY_TARGET <= HWY_AVX3);

/// The first `count` lanes from memory (fewer than a vector, so none of a single one), zeros in the others.
template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* from, size_t count) {
  using T = hn::TFromD<D>;
  if constexpr (has_masked_memory<T>) {
    return hn::MaskedLoad(hn::FirstN(d, count), d, from);
  } else if constexpr (hn::MaxLanes(D()) == 1) {
    return hn::Zero(d);
  } else {
    HWY_ALIGN T lanes[hn::MaxLanes(D())] = {};
    std::memcpy(lanes, from, count * sizeof(T));
    return hn::Load(d, lanes);
  }
}

/// Writes the first `count` lanes (fewer than a vector).
template <class D>
HWY_INLINE void store_first(hn::Vec<D> vector, D d, hn::TFromD<D>* to, size_t count) {
  using T = hn::TFromD<D>;
  if constexpr (has_masked_memory<T>) {
    hn::BlendedStore(vector, hn::FirstN(d, count), d, to);
  } else if constexpr (hn::MaxLanes(D()) > 1) {
    HWY_ALIGN T lanes[hn::MaxLanes(D())];
    hn::Store(vector, d, lanes);
    std::memcpy(to, lanes, count * sizeof(T));
  }
}

#if HWY_TARGET != HWY_SCALAR
/// Writes four vectors of four lanes of 32 bits as columns: `stride` elements from each row to the next.
template <class D>
HWY_INLINE void store_transposed(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c, hn::Vec<D> e, hn::TFromD<D>* to,
                                 size_t stride) {
  const hn::Repartition<uint64_t, D> pairs;
  const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
  const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
  const auto ce_low = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
  const auto ce_high = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ce_low)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ce_low)), d, to + stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ce_high)), d, to + 2 * stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ce_high)), d, to + 3 * stride);
}
#endif

/// The larger and the smaller operand, NaN where the second is: x86 returns the second operand when one is NaN,
/// WebAssembly the NaN. On ARM Highway takes instructions that lose a NaN; there are others. Without vectors it loses
/// one, too.
template <class Vector>
HWY_INLINE Vector maximum(Vector a, Vector b) {
#if HWY_ARCH_ARM_A64 && HWY_TARGET == HWY_NEON
  if constexpr (std::is_same_v<decltype(a.raw), float32x4_t>) return Vector(vmaxq_f32(a.raw, b.raw));
#endif
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
  return hn::IfThenElse(hn::Gt(a, b), a, b);
#else
  return hn::Max(a, b);
#endif
}
template <class Vector>
HWY_INLINE Vector minimum(Vector a, Vector b) {
#if HWY_ARCH_ARM_A64 && HWY_TARGET == HWY_NEON
  if constexpr (std::is_same_v<decltype(a.raw), float32x4_t>) return Vector(vminq_f32(a.raw, b.raw));
#endif
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
  return hn::IfThenElse(hn::Lt(a, b), a, b);
#else
  return hn::Min(a, b);
#endif
}

/// The nearest integers of floats within 2^22 of zero, the even one of two. Conversions for all floats take many
/// instructions in WebAssembly and four on x86.
template <class V, class D = hn::DFromV<V>>
HWY_INLINE hn::Vec<hn::RebindToSigned<D>> nearest_of_small(V value) {
#if HWY_ARCH_WASM || HWY_ARCH_X86
  const hn::RebindToSigned<D> integers;
  // Floats next to this one are 1 apart.
  const V anchor = hn::Set(D(), 12582912.0F);
  return hn::Sub(hn::BitCast(integers, hn::Add(value, anchor)), hn::BitCast(integers, anchor));
#else
  return hn::NearestInt(value);
#endif
}

/// NaN passes.
template <class Vector>
HWY_INLINE Vector clamp(Vector value, Vector low, Vector high) {
  return minimum(high, maximum(low, value));
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
