#include "kernels/interleave.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/interleave.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wedge::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <typename T>
void interleave_planes(const T* from, size_t stride, size_t planes, size_t count, T* to) {
  const hn::ScalableTag<T> d;
  const auto load = [&](size_t plane, size_t i) HWY_ATTR { return hn::LoadU(d, from + plane * stride + i); };
  size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    T* at = to + i * planes;
    switch (planes) {
      case 2: hn::StoreInterleaved2(load(0, i), load(1, i), d, at); break;
      case 3: hn::StoreInterleaved3(load(0, i), load(1, i), load(2, i), d, at); break;
      default: hn::StoreInterleaved4(load(0, i), load(1, i), load(2, i), load(3, i), d, at); break;
    }
  }
  for (; i < count; ++i) {
    for (size_t plane = 0; plane < planes; ++plane) to[i * planes + plane] = from[plane * stride + i];
  }
}

void interleave_8(const uint8_t* from, size_t stride, size_t planes, size_t count, uint8_t* to) {
  interleave_planes(from, stride, planes, count, to);
}
void interleave_16(const uint16_t* from, size_t stride, size_t planes, size_t count, uint16_t* to) {
  interleave_planes(from, stride, planes, count, to);
}
void interleave_32(const uint32_t* from, size_t stride, size_t planes, size_t count, uint32_t* to) {
  interleave_planes(from, stride, planes, count, to);
}

}  // namespace wedge::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wedge::kernels {

HWY_EXPORT(interleave_8);
HWY_EXPORT(interleave_16);
HWY_EXPORT(interleave_32);

void interleave(const uint8_t* from, size_t stride, size_t planes, size_t count, uint8_t* to) {
  HWY_DYNAMIC_DISPATCH(interleave_8)(from, stride, planes, count, to);
}
void interleave(const uint16_t* from, size_t stride, size_t planes, size_t count, uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(interleave_16)(from, stride, planes, count, to);
}
void interleave(const uint32_t* from, size_t stride, size_t planes, size_t count, uint32_t* to) {
  HWY_DYNAMIC_DISPATCH(interleave_32)(from, stride, planes, count, to);
}

}  // namespace wedge::kernels
#endif
