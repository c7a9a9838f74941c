// Rotary position embedding: pairs of columns of a row are turned by the angles of the row's position.
#pragma once

#include <algorithm>
#include <cstddef>

namespace wedge {

struct Rotation {
  size_t columns = 1;
  size_t pairs = 1;          ///< columns past the pairs stay as they are
  bool interleaved = false;  ///< the columns of a pair are neighbours; otherwise half of the turned columns lie between

  /// One row by the angles whose cosines and sines are given, one for each pair. in == out is allowed.
  template <typename C>
  void turn(const C* in, const C* cosines, const C* sines, C* out) const {
    const size_t distance = interleaved ? 1 : pairs;
    const size_t step = interleaved ? 2 : 1;
    for (size_t i = 0; i < pairs; ++i) {
      const C a = in[i * step];
      const C b = in[i * step + distance];
      out[i * step] = cosines[i] * a - sines[i] * b;
      out[i * step + distance] = sines[i] * a + cosines[i] * b;
    }
    if (in != out) std::copy(in + 2 * pairs, in + columns, out + 2 * pairs);
  }
};

}  // namespace wedge
